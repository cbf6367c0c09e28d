package dev.finetide.modelfiles.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowFormTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ObjectNode form(String row) throws RowFormFault {
        try {
            return RowForm.of((ObjectNode) JSON.readTree(row));
        } catch (JsonProcessingException e) {
            throw new AssertionError(row, e);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'messages':[{'role':'user','content':'q','name':null,'tool_calls':null,'weight':null}]} | {'messages':[{'role':'user','content':'q'}]}",
                "{'messages':[{'role':'user','content':'q','tool_calls':[],'tool_call_id':'','audio':{}}]} | {'messages':[{'role':'user','content':'q'}]}",
                "{'messages':[{'role':'assistant','content':'a','refusal':null,'annotations':[],'function_call':{'name':null,'arguments':''}}]} | {'messages':[{'role':'assistant','content':'a'}]}",
                "{'messages':[{'role':'assistant','content':'a'}],'tools':[],'functions':null,'prompt':'','completion':[]} | {'messages':[{'role':'assistant','content':'a'}]}",
                "{'messages':[{'role':'assistant','content':'a'}],'parallel_tool_calls':true} | {'messages':[{'role':'assistant','content':'a'}]}",
                "{'prompt':'a','completion':'b','messages':null,'tools':[],'id':''} | {'prompt':'a','completion':'b'}",
                "{'prompt':'','completion':'b'} | {'completion':'b','prompt':''}",
                "{'messages':[{'role':'user','content':[{'type':'text','text':'q','image_url':null},{'type':'text','text':null}]}]} | {'messages':[{'role':'user','content':[{'type':'text','text':'q'},{'type':'text','text':''}]}]}",
                "{'messages':[{'role':'assistant','content':null,'function_call':{'name':'f','arguments':'{}'}},{'role':'function','name':'f','content':'r'}],'functions':[{'name':'f'}]} | {'messages':[{'role':'assistant','content':null,'tool_calls':[{'type':'function','function':{'name':'f','arguments':'{}'}}]},{'role':'tool','name':'f','content':'r'}],'tools':[{'type':'function','function':{'name':'f'}}]}",
                "{'messages':[{'role':'assistant','content':null,'refusal':'no'}]} | {'messages':[{'role':'assistant','content':'no'}]}",
                "{'messages':[{'role':'assistant','content':[{'type':'refusal','refusal':'no'}]}]} | {'messages':[{'role':'assistant','content':[{'type':'text','text':'no'}]}]}",
                "{'messages':[{'role':'tool','content':null,'tool_call_id':'c'}]} | {'messages':[{'role':'tool','tool_call_id':'c','content':''}]}",
                "{'messages':[{'role':'assistant','tool_calls':[{'id':'','type':'function','function':{'name':'f','arguments':null}}]}]} | {'messages':[{'role':'assistant','tool_calls':[{'type':'function','function':{'name':'f','arguments':{}}}]}]}",
                "{'messages':[{'role':'assistant','tool_calls':[{'function':{'arguments':{'x':null,'y':'','z':[null,{}]},'name':'f'}}]}]} | {'messages':[{'role':'assistant','tool_calls':[{'function':{'name':'f','arguments':{'y':'','z':[null,{}]}}}]}]}",
                "{'messages':[{'role':'user','content':'q'}],'tools':[{'type':'function','function':{'name':'f','strict':null,'description':'','parameters':{'properties':{'x':{'enum':null,'type':'string'},'y':null}}}}]} | {'messages':[{'role':'user','content':'q'}],'tools':[{'type':'function','function':{'name':'f','description':'','parameters':{'properties':{'x':{'type':'string'}}}}}]}",
                "{'messages':[{'role':'user','content':'q'}],'tools':[{'function':{'name':'f','parameters':{'x':{'anyOf':[{'type':'string'},{'type':'null'}],'default':null},'y':{'type':['string','null'],'default':null},'z':{'type':'string','default':null}}}}]} | {'messages':[{'role':'user','content':'q'}],'tools':[{'function':{'name':'f','parameters':{'x':{'anyOf':[{'type':'string'},{'type':'null'}],'default':null},'y':{'type':['string','null'],'default':null},'z':{'type':'string'}}}}]}",
            })
    void nullAndEmptyMeanAbsent(String row, String form) throws Exception {
        assertThat(form(json(row))).isEqualTo(JSON.readTree(json(form)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'messages':[{'role':'user','content':'q'}],'split':'train'} | the row has the unknown key \"split\": leave it out with --ignore-columns, or keep it with --tag-columns",
                "{'messages':[{'role':'user','content':'q'}],'system':'s'} | the row has the unknown key \"system\": write it as the first message, with role system",
                "{'messages':[{'role':'user','content':'q'}],'functions':[{'name':'f'}],'tools':[{'function':{}}]} | the row has the unknown key \"functions\": the row has tools, too",
                "{'messages':[{'role':'user','content':'q','tool_calls':[{}]}]} | messages[0] has the unknown key \"tool_calls\": only a message with role assistant can have it",
                "{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a','tool_call_id':'c'}]} | messages[1] has the unknown key \"tool_call_id\": only a message with role tool can have it",
                "{'messages':[{'role':'assistant','function_call':{'name':'f'},'tool_calls':[{'function':{'name':'f'}}]}]} | messages[0] has the unknown key \"function_call\": only an assistant's message without tool_calls can have it",
                "{'messages':[{'role':'assistant','content':'a','refusal':'no'}]} | messages[0] has the unknown key \"refusal\": only an assistant's message without content can have it",
                "{'messages':[{'role':'user','content':'q','id':'x'}]} | messages[0] has the unknown key \"id\": remove it, or leave it out with --ignore-columns messages.id",
                "{'messages':[{'role':'assistant','content':'a','reasoning':'so'}]} | messages[0] has the unknown key \"reasoning\": rename it to reasoning_content",
                "{'messages':[{'role':'assistant','content':'a','audio':{'id':'x'}}]} | messages[0] has the unknown key \"audio\": only text can be trained on",
                "{'messages':[{'role':'assistant','content':'a','annotations':[{}]}]} | messages[0] has the unknown key \"annotations\": it is no part of the text, remove it",
                "{'messages':[{'from':'human','value':'q'}]} | messages[0] has the unknown key \"from\": this is ShareGPT's form",
                "{'messages':[{'role':'model','parts':[{'text':'a'}]}]} | messages[0] has the unknown key \"parts\": this is Gemini's form",
                "{'messages':[{'role':'user','content':'q'}],'tools':[{'name':'f','parameters':{}}]} | tools[0] has the unknown key \"name\": write {\"type\": \"function\", \"function\"",
                "{'messages':[{'role':'user','content':'q'}],'tools':[{'function':{'name':'f','input_schema':{}}}]} | tools[0].function has the unknown key \"input_schema\": this is Anthropic's form",
                "{'messages':[{'role':'assistant','tool_calls':[{'name':'f','arguments':{'x':1}}]}]} | messages[0].tool_calls[0] has the unknown key \"name\": write {\"type\": \"function\", \"function\"",
                "{'prompt':[{'role':'user','content':'q','id':7}],'completion':[]} | prompt[0] has the unknown key \"id\": remove it",
                "{'conversations':[{'from':'human','value':'q'},{'from':'gpt','value':'a'}]} | the row is in ShareGPT's form: rename conversations to messages, from to role",
                "{'conversations':[{'role':'user','content':'q'}]} | the row has neither messages nor prompt and completion: rename conversations to messages",
                "{'dialog':[{'content':'q','role':'user'}]} | the row has neither messages nor prompt and completion: rename \"dialog\" to messages",
                "{'instruction':'i','output':'o'} | the row is in Alpaca's form: rename instruction to prompt and output to completion",
                "{'instruction':'i','input':'','output':'o'} | the row is in Alpaca's form: write instruction and input as prompt",
                "{'instruction':'i','input':'x','output':'o'} | the row is in Alpaca's form: write instruction and input as prompt",
                "{'contents':[{'role':'user','parts':[{'text':'q'}]}]} | the row is in Gemini's form: rename contents to messages",
                "{'chosen':'a','rejected':'b'} | the row is a pair of answers to compare",
                "{'question':'q','answer':'a'} | the row has neither messages nor prompt and completion: rename question to prompt and answer to completion",
                "{'text':'a'} | the row has neither messages nor prompt and completion: a text alone",
                "{} | the row has neither messages nor prompt and completion",
            })
    void whatIsRefusedSaysWhatToDo(String row, String reason) {
        assertThatThrownBy(() -> form(json(row)))
                .isInstanceOf(RowFormFault.class)
                .message()
                .startsWith(reason)
                .hasSizeLessThan(240);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'messages':7}",
                "{'messages':[7]}",
                "{'messages':[{'role':7,'content':'q'}]}",
                "{'messages':[{'role':'critic','mood':'q'}]}",
                "{'messages':[{'role':'user','content':{'a':1}}],'tools':'f'}",
                "{'messages':[{'role':'assistant','tool_calls':[7,{'function':7}]}],'tools':[7,{'function':7}]}",
                "{'prompt':7,'completion':null}",
            })
    void valuesOfWrongTypesAreLeftToTheReader(String row) throws Exception {
        assertThat(form(json(row))).isEqualTo(JSON.readTree(json(row)));
    }

    @Test
    void anEmptySystemTurnSaysNothing() throws Exception {
        for (String content : new String[] {"null", "''", "' '", "[]", "[{'type':'text','text':' '}]"}) {
            assertThat(RowForm.isEmptyTurn(JSON.readTree(json("{'role':'developer','content':" + content + "}"))))
                    .isTrue();
            assertThat(RowForm.isEmptyTurn(JSON.readTree(json("{'role':'user','content':" + content + "}"))))
                    .isFalse();
        }
        assertThat(RowForm.isEmptyTurn(JSON.readTree(json("{'role':'system','content':[{'type':'image_url'}]}"))))
                .isFalse();
        assertThat(RowForm.isEmptyTurn(JSON.readTree(json("{'role':'system','content':7}"))))
                .isFalse();
    }

    private static String json(String row) {
        return row.replace('\'', '"');
    }
}
