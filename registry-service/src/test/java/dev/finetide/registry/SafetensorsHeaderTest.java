package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsHeaderTest {
    private static final String TWO = "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2,2],\"data_offsets\":[8,16]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";

    private static void check(byte[] file) throws IOException {
        SafetensorsHeader.check("m", new ByteArrayInputStream(file), file.length);
    }

    @Test
    void aWholeFilePasses() throws IOException {
        check(Safetensors.file(TWO, 16));
        check(Safetensors.file("{\"s\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]}}   ", 8));
        check(Safetensors.file("{\"e\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0));
        check(Safetensors.file("{}", 0));
    }

    @Test
    void everyCutIsSeen() {
        byte[] whole = Safetensors.file(TWO, 16);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> check(cut)).hasMessageContaining("is not a whole safetensors file");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | 0 | header is not a JSON object",
                "{\"a\" | 0 | header is not JSON",
                "{\"a\":{}} | 0 | has no known dtype",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 4 | header is not JSON",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | 8 | needs 12 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}} | 8 | whole numbers",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,8]}} | 8 | larger than any file",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}} | 4 | needs 4 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | 8 | leave a hole",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}} | 6 | leave a hole or overlap",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 8 | take 4 bytes, the file has 8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,99999999999999999999]}} | 4 | has no known dtype",
            })
    void headersThatLieAreRefused(String header, int data, String problem) {
        assertThatThrownBy(() -> check(Safetensors.file(header, data))).hasMessageContaining(problem);
    }

    @Test
    void aHugeLengthIsRefusedBeforeItIsAllocated() {
        byte[] file = Safetensors.file("{}", 0);
        file[7] = 0x7f;

        assertThatThrownBy(() -> check(file)).hasMessageContaining("its header claims");
        assertThat(file).hasSize(10);
    }
}
