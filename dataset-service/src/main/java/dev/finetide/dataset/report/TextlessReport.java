package dev.finetide.dataset.report;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.finetide.proto.dataset.v1.DatasetReport;
import java.util.List;

/// Makes reports without what comes from rows, such as labels: every field that the contracts mark with `debug_redact`.
final class TextlessReport {
    private TextlessReport() {}

    /// Returns the report without texts of rows, for events and lists.
    static DatasetReport of(DatasetReport report) {
        DatasetReport.Builder cleared = report.toBuilder();
        clear(cleared);
        return cleared.build();
    }

    private static void clear(Message.Builder message) {
        for (FieldDescriptor field : List.copyOf(message.getAllFields().keySet())) {
            if (field.getOptions().getDebugRedact()) {
                message.clearField(field);
            } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField()) {
                if (field.isRepeated()) {
                    for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
                        Message.Builder part = ((Message) message.getRepeatedField(field, i)).toBuilder();
                        clear(part);
                        message.setRepeatedField(field, i, part.build());
                    }
                } else {
                    clear(message.getFieldBuilder(field));
                }
            }
        }
    }
}
