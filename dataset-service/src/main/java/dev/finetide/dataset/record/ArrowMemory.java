package dev.finetide.dataset.record;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.rounding.DefaultRoundingPolicy;
import org.apache.arrow.memory.util.MemoryUtil;

/// Memory outside the heap for one Arrow file. Frees everything at the end: a damaged file leaves buffers behind that
/// Arrow has lost.
final class ArrowMemory implements AllocationManager.Factory, AutoCloseable {
    /// Limit for one file, in bytes.
    private static final long LIMIT = 1L << 30;

    private static final ArrowBuf EMPTY = new ArrowBuf(ReferenceManager.NO_OP, null, 0, MemoryUtil.allocateMemory(0));

    private final Set<Block> blocks = ConcurrentHashMap.newKeySet();
    private final BufferAllocator allocator = new RootAllocator(RootAllocator.configBuilder()
            .maxAllocation(LIMIT)
            .roundingPolicy(DefaultRoundingPolicy.DEFAULT_ROUNDING_POLICY)
            .allocationManagerFactory(this)
            .build());

    BufferAllocator allocator() {
        return allocator;
    }

    @Override
    public AllocationManager create(BufferAllocator accounting, long size) {
        Block block = new Block(accounting, size);
        blocks.add(block);
        return block;
    }

    @Override
    public ArrowBuf empty() {
        return EMPTY;
    }

    /// Frees all memory. No buffer may be used afterwards.
    @Override
    public void close() {
        if (allocator.getAllocatedMemory() == 0) {
            allocator.close();
        }
        Set.copyOf(blocks).forEach(Block::release0);
    }

    private final class Block extends AllocationManager {
        private final long address;
        private final long size;

        Block(BufferAllocator accounting, long size) {
            super(accounting);
            this.size = size;
            this.address = MemoryUtil.allocateMemory(size);
        }

        @Override
        protected long memoryAddress() {
            return address;
        }

        @Override
        protected void release0() {
            if (blocks.remove(this)) {
                MemoryUtil.freeMemory(address);
            }
        }

        @Override
        public long getSize() {
            return size;
        }
    }
}
