package dev.finetide.dataset.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.dataset.record.Rows;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowShapesTest {
    private static CanonicalRow row(String json) {
        return Rows.row(json(json));
    }

    private static String canonical(String json) {
        return new String(row(json).json(), StandardCharsets.UTF_8);
    }

    private static String shape(String json) {
        try {
            RowReading reading = RowReadingTest.reading(ReadOptions.getDefaultInstance());
            reading.read(RowReadingTest.record(json(json)));
            return reading.shape();
        } catch (RowFault fault) {
            throw new AssertionError(fault);
        }
    }

    private static String json(String row) {
        return row.replace('\'', '"');
    }

    /// One conversation in every shape.
    static final List<String> CONVERSATION = List.of(
            "{'messages':[{'role':'system','content':'s'},{'role':'user','content':'q'},{'role':'assistant','content':'a'},"
                    + "{'role':'user','content':'q2'},{'role':'assistant','content':'a2'}]}",
            "{'conversations':[{'from':'system','value':'s'},{'from':'human','value':'q'},{'from':'gpt','value':'a'},"
                    + "{'from':'human','value':'q2'},{'from':'gpt','value':'a2'}]}",
            "{'system':'s','conversations':[{'from':'human','value':'q'},{'from':'gpt','value':'a'},"
                    + "{'from':'user','value':'q2'},{'from':'assistant','value':'a2'}],'tools':''}",
            "{'conversations':[{'role':'system','content':'s'},{'role':'user','content':'q'},{'role':'assistant','content':'a'},"
                    + "{'role':'user','content':'q2'},{'role':'assistant','content':'a2'}]}",
            "{'instruction':'q2','input':'','output':'a2','system':'s','history':[['q','a']]}",
            "{'systemInstruction':{'role':'system','parts':[{'text':'s'}]},'contents':[{'role':'user','parts':[{'text':'q'}]},"
                    + "{'role':'model','parts':[{'text':'a'}]},{'role':'user','parts':[{'text':'q2'}]},"
                    + "{'role':'model','parts':[{'text':'a'},{'text':'2'}]}]}",
            "{'system_instruction':{'parts':{'text':'s'}},'contents':[{'parts':[{'text':'q'}]},"
                    + "{'role':'model','parts':[{'text':'a'}]},{'role':'user','parts':[{'text':'q2'}]},"
                    + "{'role':'model','parts':[{'text':'a2'}]}]}",
            "{'schemaVersion':'bedrock-conversation-2024','system':[{'text':'s'}],'messages':["
                    + "{'role':'user','content':[{'text':'q'}]},{'role':'assistant','content':[{'text':'a'}]},"
                    + "{'role':'user','content':[{'text':'q2'}]},{'role':'assistant','content':[{'text':'a2'}]}]}",
            "{'messages':[{'role':'user','content':[{'text':'q'}]},{'role':'assistant','content':[{'text':'a'}]},"
                    + "{'role':'user','content':[{'text':'q2'}]},{'role':'assistant','content':[{'text':'a2'}]}],"
                    + "'system':[{'text':'s'}]}");

    @Test
    void aConversationHasTheSameBytesInEveryShape() {
        assertThat(CONVERSATION).extracting(RowShapesTest::canonical).containsOnly(json(CONVERSATION.getFirst()));
        assertThat(CONVERSATION)
                .extracting(RowShapesTest::shape)
                .containsExactly(
                        "openai",
                        "sharegpt",
                        "sharegpt",
                        "sharegpt",
                        "alpaca",
                        "gemini",
                        "gemini",
                        "bedrock",
                        "bedrock");
        assertThat(CONVERSATION)
                .extracting(RowShapesTest::row)
                .extracting(CanonicalRow::input)
                .hasSize(9);
    }

    /// One conversation with a tool in every shape that has tools.
    static final List<String> TOOLS = List.of(
            "{'messages':[{'role':'user','content':'q'},{'role':'assistant','tool_calls':[{'type':'function','function':"
                    + "{'name':'f','arguments':{'x':1}}}]},{'role':'tool','content':'r'},{'role':'assistant','content':'a'}],"
                    + "'tools':[{'type':'function','function':{'name':'f','description':'d','parameters':{'type':'object',"
                    + "'properties':{'x':{'type':'integer'}}}}}]}",
            "{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':null,'function_call':"
                    + "{'name':'f','arguments':'{\\'x\\': 1}'}},{'role':'function','content':'r'},{'role':'assistant','content':'a'}],"
                    + "'functions':[{'name':'f','description':'d','parameters':{'type':'object',"
                    + "'properties':{'x':{'type':'integer'}}}}]}",
            "{'conversations':[{'from':'human','value':'q'},{'from':'function_call','value':'{\\'name\\': \\'f\\', "
                    + "\\'arguments\\': {\\'x\\': 1}}'},{'from':'observation','value':'r'},{'from':'gpt','value':'a'}],"
                    + "'tools':'[{\\'name\\':\\'f\\',\\'description\\':\\'d\\',\\'parameters\\':{\\'type\\':\\'object\\',"
                    + "\\'properties\\':{\\'x\\':{\\'type\\':\\'integer\\'}}}}]'}",
            "{'contents':[{'role':'user','parts':[{'text':'q'}]},{'role':'model','parts':[{'functionCall':{'name':'f',"
                    + "'args':{'x':1}}}]},{'role':'function','parts':[{'functionResponse':{'response':{'result':'r'}}}]},"
                    + "{'role':'model','parts':[{'text':'a'}]}],'tools':[{'functionDeclarations':[{'name':'f','description':'d',"
                    + "'parameters':{'type':'OBJECT','properties':{'x':{'type':'INTEGER'}}}}]}]}",
            "{'messages':[{'role':'user','content':[{'text':'q'}]},{'role':'assistant','content':[{'toolUse':{'name':'f',"
                    + "'input':{'x':1}}}]},{'role':'user','content':[{'toolResult':{'content':[{'text':'r'}]}}]},"
                    + "{'role':'assistant','content':[{'text':'a'}]}],'toolConfig':{'tools':[{'toolSpec':{'name':'f',"
                    + "'description':'d','inputSchema':{'json':{'type':'object','properties':{'x':{'type':'integer'}}}}}}]}}");

    @Test
    void toolsHaveTheSameBytesInEveryShape() {
        assertThat(TOOLS).extracting(RowShapesTest::canonical).containsOnly(json(TOOLS.getFirst()));
    }

    @Test
    void anInstructionWithAnInputIsOnePrompt() {
        assertThat(canonical("{'instruction':'i','input':'x','output':'o'}"))
                .isEqualTo(json("{'messages':[{'role':'user','content':'i\\nx'},{'role':'assistant','content':'o'}]}"));
        assertThat(row("{'instruction':'i','output':'o'}").format()).isEqualTo(RowFormat.CHAT);
    }

    @Test
    void aTextIsLearntAsAWhole() {
        CanonicalRow row = row("{'text':'all of it','id':null}");

        assertThat(row.format()).isEqualTo(RowFormat.TEXT);
        assertThat(new String(row.json(), StandardCharsets.UTF_8)).isEqualTo(json("{'text':'all of it'}"));
        assertThat(row.input()).isEmpty();
        assertThat(Rows.reason(json("{'text':' '}"))).isEqualTo("text is empty");
    }

    @Test
    void thoughtsNamesAndIdsAreKept() {
        assertThat(
                        canonical(
                                "{'contents':[{'role':'user','parts':[{'text':'q'}]},{'role':'model','parts':["
                                        + "{'text':'hm','thought':true},{'functionCall':{'id':'c','name':'f','args':{}}}]},{'role':'user','parts':["
                                        + "{'functionResponse':{'id':'c','name':'f','response':{'n':1}}}]},{'role':'model','parts':[{'text':'a'}]}]}"))
                .isEqualTo(
                        json("{'messages':[{'role':'user','content':'q'},{'role':'assistant','reasoning_content':'hm',"
                                + "'tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':{}}}]},"
                                + "{'role':'tool','content':'{\\'n\\':1}','name':'f','tool_call_id':'c'},"
                                + "{'role':'assistant','content':'a'}]}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'conversations':[{'from':'human','value':'q'},{'from':'gpt','value':''}]} | conversations[1].value | conversations[1].value is empty: an assistant's turn needs an answer",
                "{'conversations':[{'from':'alien','value':'q'}]} | conversations[0].from | conversations[0].from is not human, gpt",
                "{'conversations':[{'from':'human','value':'q','mood':'x'}]} | conversations[0].mood | conversations[0] has the unknown key \"mood\": remove it, or leave it out with --ignore-columns conversations.mood",
                "{'conversations':[{'from':'human','value':'q'},{'from':'function_call','value':'f(x)'}]} | conversations[1].value | conversations[1].value is not JSON",
                "{'conversations':[{'role':'user','content':'q'},{'role':'bot','content':'a'}]} | conversations[1].role | conversations[1].role is not system",
                "{'conversations':[],'id':1} | id | the row has the unknown key \"id\": leave it out with --ignore-columns, or keep it with --tag-columns",
                "{'instruction':'i','output':''} | output | output is empty",
                "{'instruction':'i','output':7} | output | output is not a string",
                "{'instruction':'i','output':'o','history':[['a']]} | history[0] | history[0] is not a pair of two texts",
                "{'contents':[{'role':'user','parts':[{'text':''}]}]} | contents[0].parts | contents[0].parts is empty: an empty prompt",
                "{'contents':[{'role':'user','parts':[{'fileData':{'fileUri':'x'}}]}]} | contents[0].parts[0] | contents[0].parts[0] is not a text",
                "{'contents':[{'role':'assistant','parts':[{'text':'a'}]}]} | contents[0].role | contents[0].role is not user, model or function",
                "{'schemaVersion':'bedrock-conversation-2099','messages':[]} | schemaVersion | schemaVersion is not bedrock-conversation-2024",
                "{'schemaVersion':'bedrock-conversation-2024','messages':[{'role':'user','content':'q'}]} | messages[0].content | messages[0].content is not a list",
                "{'messages':'[{\\'role\\': \\'user\\'}]'} | messages[0].content | messages[0] has no content",
                "{'messages':'x'} | messages | messages is not a list",
                "{'chosen':'a','rejected':'b'} | chosen | the row is a pair of answers to compare",
                "{'dialog':[{'role':'user','content':'q'}]} | dialog | the row has the keys \"dialog\": rename \"dialog\" to messages",
                "{'question':'q','answer':'a'} | '' | the row has the keys question and answer: --prompt-column question --completion-column answer would read it",
                "{'a':'q','b':'a','c':1} | '' | the row has the keys \"a\", \"b\", \"c\", which are no shape that is known: --prompt-column and --completion-column",
            })
    void faultsNameTheUsersOwnFields(String row, String field, String reason) {
        RowFault fault = Rows.fault(Rows.jsonl(json(row)).getFirst());

        assertThat(fault.getMessage()).startsWith(reason);
        assertThat(fault.field()).isEqualTo(field.replace("''", ""));
    }

    @Test
    void listsInPythonsNotationSaySo() {
        assertThat(Rows.reason("{\"messages\":\"[{'role': 'user'}]\"}"))
                .isEqualTo("messages is text in Python's notation, not JSON: write it with json.dumps");
    }

    @Test
    void anUnknownShapeIsRefusedByName() {
        assertThatThrownBy(() -> RowShapes.named("xml"))
                .isInstanceOf(ApiException.class)
                .hasMessage(
                        "shape: expected bedrock, openai, sharegpt, gemini, prompt-completion, alpaca, text or template, got \"xml\"");
    }
}
