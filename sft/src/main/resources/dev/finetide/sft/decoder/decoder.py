# TorchScript, read by Decoder.java; TorchSource.java describes the form of such files.
#
# The decoder in the order of the papers, each backward after its forward.
#
# Letters at the end of a name are the tensor's axes: N tokens of all rows, one row after the other, D residual
# stream, H query heads, G key and value heads, K head size, F feed-forward, V vocabulary, L tokens that are read
# after the last block, of which M have a target (the others are padding). Only attention sees rows: B of them, T
# columns long; S keys that queries meet, P = B·G and R = T·X where the X = H/G query heads that share a key head are
# folded into its rows, of which Q are those of a span.
#
# A backward is written out by hand: a forward pushes what its backward needs onto the tape, and the backward pops it.
# It appends the gradients of weights that learn to `gradients`, so that they come out in the reverse order of the
# weights.
#
# A tensor that nobody holds any more is overwritten (`add_`, `mul_`), because a new one would push others out of the
# cache. The results of a linear layer, of its backward and of a norm are such tensors.
#
# Everything computes in DTYPE, except sums and squares of many numbers, which are always FLOAT32.
from typing import List, NamedTuple, Optional, Tuple

import torch
from torch import Tensor
from torch.jit import annotate
from torch.nn import Module

from attention_layout import BlockLayout, Layout
from lora_linear import Linear

FLOAT32: int = ...
DTYPE: int = ...  # the type of weights and activations
EPSILON: float = ...  # what a norm adds to the mean square
NORM_OFFSET: bool = ...  # whether norms scale by weight + 1
HEAD_NORMS: bool = ...  # whether queries and keys are normalised head by head
OUTPUT_NORMS: bool = ...  # whether attention and feed-forward are normalised once more before they are added
GELU: bool = ...  # whether the gate is GELU (in its approximation with tanh) or SiLU
EMBEDDING_SCALE: float = ...
TIED: bool = ...  # whether the head is the embedding table
FULL: bool = ...  # whether the base's weights learn
NEFTUNE: float = ...  # alpha of the noise on the embeddings; 0 for none
RECOMPUTE: bool = ...  # activation checkpointing: the tape has the inputs of blocks only
LAYERS: int = ...
HEAD_SIZE: int = ...  # K
VOCABULARY: int = ...  # V
SEED_BOUND: int = 1073741824


# The weights of one block, in the order in which WeightLayout.java lists them.
class Block(NamedTuple):
    attention_norm_D: Tensor
    query: Linear
    key: Linear
    value: Linear
    query_norm_K: Optional[Tensor]
    key_norm_K: Optional[Tensor]
    attention_output: Linear
    attention_output_norm_D: Optional[Tensor]
    mlp_norm_D: Tensor
    gate: Linear
    up: Linear
    down: Linear
    mlp_output_norm_D: Optional[Tensor]


class Weights(NamedTuple):
    embedding_VD: Tensor
    blocks: List[Block]
    norm_D: Tensor
    head_VD: Tensor


class Decoder(Module):
    # Takes the next weight off the front of the list, where the model has it.
    def take_if(self, there: bool, weights: List[Tensor]) -> Optional[Tensor]:
        return weights.pop(0) if there else None

    # Takes a block's weights off the front of the lists.
    def take_block(self, weights: List[Tensor], adapter: List[Tensor]) -> Block:
        attention_norm_D = weights.pop(0)
        query = self.take_linear("q_proj", weights, adapter)
        key = self.take_linear("k_proj", weights, adapter)
        value = self.take_linear("v_proj", weights, adapter)
        query_norm_K = self.take_if(HEAD_NORMS, weights)
        key_norm_K = self.take_if(HEAD_NORMS, weights)
        attention_output = self.take_linear("o_proj", weights, adapter)
        attention_output_norm_D = self.take_if(OUTPUT_NORMS, weights)
        mlp_norm_D = weights.pop(0)
        gate = self.take_linear("gate_proj", weights, adapter)
        up = self.take_linear("up_proj", weights, adapter)
        down = self.take_linear("down_proj", weights, adapter)
        return Block(attention_norm_D, query, key, value, query_norm_K, key_norm_K, attention_output,
            attention_output_norm_D, mlp_norm_D, gate, up, down, self.take_if(OUTPUT_NORMS, weights))

    # Gives the weights their names. base and adapter: all of them, in the order of WeightLayout.java and
    # LoraWeights.java.
    def name_weights(self, base: List[Tensor], adapter: List[Tensor]) -> Weights:
        embedding_VD = base[0]
        weights = base[1:]
        adapter = adapter[:]
        blocks = annotate(List[Block], [])
        for _ in range(LAYERS):
            blocks.append(self.take_block(weights, adapter))
        norm_D = weights.pop(0)
        return Weights(embedding_VD, blocks, norm_D, embedding_VD if TIED else weights.pop(0))

    # n = w x / rms(x) over the last axis (Zhang and Sennrich 2019), for some families with w + 1 for w. Also head by
    # head, [N, H, K] with a weight of [K].
    def rms_norm(self, x_ND: Tensor, weight_D: Tensor, tape: List[Tensor]) -> Tensor:
        float_ND = x_ND.to(FLOAT32)
        scale_N1 = torch.mean(torch.square(float_ND), [-1], True).add_(EPSILON).rsqrt_()
        tape.append(x_ND)
        tape.append(scale_N1)
        if NORM_OFFSET:
            offset_D = weight_D.to(FLOAT32) + 1.0
            return (float_ND * scale_N1 * offset_D).to(DTYPE)
        return (float_ND * scale_N1).to(DTYPE).mul_(weight_D)

    # With h = x / rms(x): dw = sum of dn h over tokens, dx = (w dn - h mean(w dn h)) / rms(x).
    def rms_norm_backward(self, dn_ND: Tensor, weight_D: Tensor, tape: List[Tensor], gradients: List[Tensor]) -> Tensor:
        if NORM_OFFSET:
            weight_D = weight_D.to(FLOAT32) + 1.0
        scale_N1 = tape.pop()
        h_ND = tape.pop().to(FLOAT32) * scale_N1
        dnh_ND = dn_ND * h_ND
        if FULL:
            gradients.append(dnh_ND.sum_to_size(weight_D.size()))
        mean_N1 = torch.mean(dnh_ND.mul_(weight_D), [-1], True)
        dh_ND = (dn_ND * weight_D).to(FLOAT32)
        dx_ND = dh_ND.sub_(h_ND.mul_(mean_N1)).mul_(scale_N1)
        return dx_ND.to(DTYPE)

    # rms_norm where the model has this norm, else x itself.
    def norm_if(self, x_ND: Tensor, weight_D: Optional[Tensor], tape: List[Tensor]) -> Tensor:
        return x_ND if weight_D is None else self.rms_norm(x_ND, weight_D, tape)

    def norm_if_backward(self, dn_ND: Tensor, weight_D: Optional[Tensor], tape: List[Tensor], gradients: List[Tensor]
            ) -> Tensor:
        return dn_ND if weight_D is None else self.rms_norm_backward(dn_ND, weight_D, tape, gradients)

    # a(gate), [N, F], a new tensor.
    def activation(self, gate_NF: Tensor) -> Tensor:
        if GELU:
            return torch.gelu(gate_NF, approximate="tanh")
        return torch.silu(gate_NF)

    # f = a(gate) up, [N, F], where a is SiLU or GELU (SwiGLU and GEGLU, Shazeer 2020).
    def gated(self, gate_NF: Tensor, up_NF: Tensor, tape: List[Tensor]) -> Tensor:
        tape.append(gate_NF)
        tape.append(up_NF)
        return self.activation(gate_NF).mul_(up_NF)

    # dgate = a'(gate) df up and dup = a(gate) df. a(gate) is computed again, which takes no longer than to keep it.
    def gated_backward(self, df_NF: Tensor, tape: List[Tensor]) -> Tuple[Tensor, Tensor]:
        up_NF = tape.pop()
        gate_NF = tape.pop()
        dup_NF = self.activation(gate_NF).mul_(df_NF)
        da_NF = df_NF.mul_(up_NF)
        if GELU:
            return (torch.gelu_backward(da_NF, gate_NF, approximate="tanh", grad_input=da_NF), dup_NF)
        return (torch.silu_backward(da_NF, gate_NF, grad_input=da_NF), dup_NF)

    # [N, H K] as [N, H, K], a view.
    def split_heads(self, x_ND: Tensor) -> Tensor:
        return x_ND.view([x_ND.size(0), -1, HEAD_SIZE])

    # The picked tokens, [L, D], or all.
    def pick(self, x_ND: Tensor, picked_L: Optional[Tensor]) -> Tensor:
        return x_ND if picked_L is None else torch.index_select(x_ND, 0, picked_L)

    # The backward of pick: all tokens, [N, D], with zeros for those that were not picked.
    def unpick(self, x_LD: Tensor, picked_L: Optional[Tensor], tokens: int) -> Tensor:
        if picked_L is None:
            return x_LD
        x_ND = torch.zeros([tokens, x_LD.size(1)], dtype=x_LD.dtype, device=x_LD.device)
        return x_ND.index_copy_(0, picked_L, x_LD)

    # x + attention(norm(x)), then x + mlp(norm(x)): [N, D], after the last block [L, D]. With a cache the tokens go on
    # from what it holds. The last block goes on from attention with those tokens only that are read after it.
    def block(self, x_ND: Tensor, block: Block, layout: BlockLayout, tape: List[Tensor]) -> Tensor:
        n_ND = self.rms_norm(x_ND, block.attention_norm_D, tape)
        q_NHK = self.split_heads(self.linear(n_ND, block.query, tape))
        k_NGK = self.split_heads(self.linear(n_ND, block.key, tape))
        v_NGK = self.split_heads(self.linear(n_ND, block.value, tape))
        q_NHK = self.norm_if(q_NHK, block.query_norm_K, tape)
        k_NGK = self.norm_if(k_NGK, block.key_norm_K, tape)
        q_NHK = self.rotate_(q_NHK, layout.rotary, 1)
        k_NGK = self.rotate_(k_NGK, layout.rotary, 1)
        cache = layout.cache
        slots = layout.slots
        if cache is not None and slots is not None:
            y_NHK = self.attention_to_cache(q_NHK, k_NGK, v_NGK, layout, slots, cache, tape)
        else:
            y_NHK = self.attention(q_NHK, k_NGK, v_NGK, layout, tape)
        x_ND = self.pick(x_ND, layout.picked_L)
        y_ND = self.linear(self.pick(y_NHK.flatten(1), layout.picked_L), block.attention_output, tape)
        x_ND = self.norm_if(y_ND, block.attention_output_norm_D, tape).add_(x_ND)
        n_ND = self.rms_norm(x_ND, block.mlp_norm_D, tape)
        gate_NF = self.linear(n_ND, block.gate, tape)
        up_NF = self.linear(n_ND, block.up, tape)
        y_ND = self.linear(self.gated(gate_NF, up_NF, tape), block.down, tape)
        return self.norm_if(y_ND, block.mlp_output_norm_D, tape).add_(x_ND)

    # The gradient of a block's input, [N, D]: each step of the forward in reverse, where the gradients of both ways
    # that x takes, through a layer and past it, are added. tokens: N.
    def block_backward(self, dx_ND: Tensor, block: Block, layout: BlockLayout, tape: List[Tensor],
            gradients: List[Tensor]) -> Tensor:
        tokens = layout.rotary.cos_NHK.size(0)
        dy_ND = self.norm_if_backward(dx_ND, block.mlp_output_norm_D, tape, gradients)
        dgate_NF, dup_NF = self.gated_backward(self.linear_backward(dy_ND, block.down, tape, gradients), tape)
        dn_ND = self.linear_backward(dup_NF, block.up, tape, gradients)
        dn_ND.add_(self.linear_backward(dgate_NF, block.gate, tape, gradients))
        dx_ND = self.rms_norm_backward(dn_ND, block.mlp_norm_D, tape, gradients).add_(dx_ND)
        dy_ND = self.norm_if_backward(dx_ND, block.attention_output_norm_D, tape, gradients)
        dx_ND = self.unpick(dx_ND, layout.picked_L, tokens)
        dy_ND = self.linear_backward(dy_ND, block.attention_output, tape, gradients)
        dy_ND = self.unpick(dy_ND, layout.picked_L, tokens)
        dq_NHK, dk_NGK, dv_NGK = self.attention_backward(self.split_heads(dy_ND), layout, tape)
        dq_NHK = self.rotate_(dq_NHK, layout.rotary, -1)
        dk_NGK = self.rotate_(dk_NGK, layout.rotary, -1)
        dk_NGK = self.norm_if_backward(dk_NGK, block.key_norm_K, tape, gradients)
        dq_NHK = self.norm_if_backward(dq_NHK, block.query_norm_K, tape, gradients)
        dn_ND = self.linear_backward(dv_NGK.flatten(1), block.value, tape, gradients)
        dn_ND.add_(self.linear_backward(dk_NGK.flatten(1), block.key, tape, gradients))
        dn_ND.add_(self.linear_backward(dq_NHK.flatten(1), block.query, tape, gradients))
        return self.rms_norm_backward(dn_ND, block.attention_norm_D, tape, gradients).add_(dx_ND)

    # NEFTune (Jain et al. 2023): uniform noise within alpha / sqrt(L D), [N, D], where L is the length of the token's
    # own row. Its gradient is that of the embeddings.
    def neftune_noise(self, x_ND: Tensor, row_length_N: Tensor) -> Tensor:
        bound_N1 = torch.rsqrt(row_length_N.to(FLOAT32).unsqueeze(1) * x_ND.size(1)) * NEFTUNE
        return torch.empty_like(x_ND).uniform_(-1.0, 1.0) * bound_N1.to(DTYPE)

    # x times the factor that some families put on embeddings.
    def scale_embedding(self, x_ND: Tensor) -> Tensor:
        if EMBEDDING_SCALE != 1.0:
            x_ND = x_ND * torch.full([], EMBEDDING_SCALE, dtype=x_ND.dtype, device=x_ND.device)
        return x_ND

    # The embeddings of tokens, [N, D]. row_length_N: while learning, the length of each token's own row.
    def embed(self, ids_N: Tensor, embedding_VD: Tensor, row_length_N: Optional[Tensor]) -> Tensor:
        x_ND = self.scale_embedding(torch.embedding(embedding_VD, ids_N))
        if row_length_N is not None:
            if NEFTUNE > 0.0:
                x_ND = x_ND + self.neftune_noise(x_ND, row_length_N)
        return x_ND

    # dE[v] = the sum of dx over the tokens whose id is v.
    def embed_backward(self, dx_ND: Tensor, ids_N: Tensor, gradients: List[Tensor]) -> None:
        dx_ND = self.scale_embedding(dx_ND).to(FLOAT32)
        gradients.append(torch.embedding_dense_backward(dx_ND, ids_N, VOCABULARY, -1, False))

    # Draws a seed, puts it on the tape, and starts the generator with it: dropout has to repeat when a block is
    # computed again.
    def push_seed(self, tape: List[Tensor]) -> None:
        seed = torch.randint(0, SEED_BOUND, [1])
        tape.append(seed)
        torch.manual_seed(int(seed))

    # Starts the generator with the seed on top of the tape.
    def pop_seed(self, tape: List[Tensor]) -> None:
        torch.manual_seed(int(tape.pop()))

    # The residual stream after the last norm, from which the head predicts each next token: of the picked tokens, [L,
    # D], or of all, [N, D]. A warm-up leaves out the blocks before the first. Without a tape nothing is kept.
    #
    # With activation checkpointing (Chen et al. 2016) the tape has only the input of each block and the seed of its
    # dropout. At its bottom is the seed that the backward leaves behind; without it the next micro-batch would draw
    # what the blocks of this one have drawn.
    def decode(self, x_ND: Tensor, weights: Weights, layout: Layout, first_block: int, tape: Optional[List[Tensor]]
            ) -> Tensor:
        if tape is not None:
            if RECOMPUTE:
                self.push_seed(tape)
        for i in range(first_block, LAYERS):
            block_tape = annotate(List[Tensor], [])
            if tape is not None:
                if RECOMPUTE:
                    tape.append(x_ND)
                    self.push_seed(tape)
                else:
                    block_tape = tape
            x_ND = self.block(x_ND, weights.blocks[i], self.block_layout(layout, i), block_tape)
        return self.rms_norm(x_ND, weights.norm_D, annotate(List[Tensor], []) if tape is None else tape)

    # The gradient of the embeddings, [N, D].
    def decode_backward(self, dn_LD: Tensor, weights: Weights, layout: Layout, first_block: int, tape: List[Tensor],
            gradients: List[Tensor]) -> Tensor:
        dx_ND = self.rms_norm_backward(dn_LD, weights.norm_D, tape, gradients)
        for i in range(LAYERS - 1, first_block - 1, -1):
            block_layout = self.block_layout(layout, i)
            if RECOMPUTE:
                self.pop_seed(tape)
                self.block(tape.pop(), weights.blocks[i], block_layout, tape)
            dx_ND = self.block_backward(dx_ND, weights.blocks[i], block_layout, tape, gradients)
        if RECOMPUTE:
            self.pop_seed(tape)
        return dx_ND
