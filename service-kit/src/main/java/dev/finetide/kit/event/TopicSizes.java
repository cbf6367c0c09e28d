package dev.finetide.kit.event;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jboss.logging.Logger;

/// Raises the largest record of topics that are there already: made by an earlier version, or by an operator. Never
/// lowers it.
final class TopicSizes {
    private static final Logger LOG = Logger.getLogger(TopicSizes.class);

    private TopicSizes() {}

    /// @param present names of all topics of the broker
    static void raise(Admin admin, Set<String> present) throws InterruptedException, ExecutionException {
        Map<ConfigResource, String> wanted = new HashMap<>();
        for (NewTopic topic : Topics.all()) {
            if (present.contains(topic.name())) {
                wanted.put(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic.name()),
                        topic.configs().get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG));
            }
        }
        try {
            Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
            for (Map.Entry<ConfigResource, Config> topic :
                    admin.describeConfigs(wanted.keySet()).all().get().entrySet()) {
                String size = wanted.get(topic.getKey());
                if (isLess(topic.getValue(), size)) {
                    ConfigEntry entry = new ConfigEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, size);
                    changes.put(topic.getKey(), List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET)));
                }
            }
            admin.incrementalAlterConfigs(changes).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof AuthorizationException)) {
                throw e;
            }
            LOG.warn("the service may not set max.message.bytes of its topics: larger events will be parked");
        }
    }

    private static boolean isLess(Config topic, String size) {
        return Long.parseLong(topic.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value()) < Long.parseLong(size);
    }
}
