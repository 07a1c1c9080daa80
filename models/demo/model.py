"""Whisper's architecture, small, under the parameter names of transformers, with two training aids.

The aids are dropped at conversion: a head that names the syllable under each encoder frame, and the
attention of two decoder heads, which training pulls onto the character being spoken.
Plain batched matmul attention: its backward pass is faster on a CPU than the fused one's (tried).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MEL_BINS = 80
# faster-whisper pads each window to 3,000 frames and asks for up to 448 tokens: these two sizes are not free.
SOURCE_POSITIONS = 1500
TARGET_POSITIONS = 448
MASKED = -1e4  # added to a score: no attention (fits bfloat16)


def low(x: Tensor) -> Tensor:
    """``x`` in bfloat16 under autocast, once, where autocast would do it for every consumer."""
    return x.bfloat16() if torch.is_autocast_enabled("cpu") else x


@dataclass(frozen=True)
class Shape:
    """Sizes of the network; the defaults are those of the shipped model."""

    vocabulary: int
    syllables: int
    tones: int = 6
    width: int = 192
    heads: int = 6
    encoder_layers: int = 5
    decoder_layers: int = 3
    # (decoder layer, head) whose attention is taught to point at the sound; whisper's `alignment_heads`.
    alignment: tuple[tuple[int, int], ...] = ((2, 0), (2, 1))


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor, source: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """``bias`` is added to the scores, (batch or 1, 1, queries or 1, keys); returns output and attention."""
        batch, queries, width = x.shape
        size = width // self.heads

        def split(y: Tensor) -> Tensor:
            return y.view(batch, -1, self.heads, size).transpose(1, 2)

        q = split(self.q_proj(x) * size**-0.5)
        # In the scores' own type: a float32 bias would turn the largest tensors of the network back to float32.
        scores = q @ split(self.k_proj(source)).transpose(2, 3) + bias
        attention = scores.softmax(-1)
        mixed = (attention @ split(self.v_proj(source))).transpose(1, 2).reshape(batch, queries, width)
        return self.out_proj(mixed), attention


class EncoderLayer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        y = low(self.self_attn_layer_norm(x))
        heard, attention = self.self_attn(y, y, bias)
        x = x + heard
        return x + self.fc2(F.gelu(self.fc1(low(self.final_layer_norm(x))))), attention


class DecoderLayer(EncoderLayer):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__(width, heads)
        self.encoder_attn = Attention(width, heads)
        self.encoder_attn_layer_norm = nn.LayerNorm(width)

    def decode(self, x: Tensor, causal: Tensor, source: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        y = low(self.self_attn_layer_norm(x))
        x = x + self.self_attn(y, y, causal)[0]
        heard, attention = self.encoder_attn(low(self.encoder_attn_layer_norm(x)), source, bias)
        x = x + heard
        return x + self.fc2(F.gelu(self.fc1(low(self.final_layer_norm(x))))), attention


@dataclass
class Window:
    """Which encoder frames (20 ms) a clip may look at: the batch's own, and a sample of the padding after them.

    ``far``: (batch, K) positions that stand for all padding behind the batch's frames; ``bias``:
    (batch, 1, 1, frames + K), 0 for a frame that is there, MASKED for one outside the clip's window, and for the
    sample the log of how many frames each stands for, so that 8 frames weigh as 1,400 do in a 30 s window.
    ``empty``: (batch, 1, frames + K, 1), 1 for frames with nothing in them; training keeps attention away from them, so
    that a text does not depend on how much padding follows.
    """

    far: Tensor
    bias: Tensor
    empty: Tensor


class Encoder(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MEL_BINS, shape.width, 3, padding=1)
        self.conv2 = nn.Conv1d(shape.width, shape.width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(SOURCE_POSITIONS, shape.width)
        self.embed_positions.weight = nn.Parameter(sinusoids(SOURCE_POSITIONS, shape.width), requires_grad=False)
        self.layers = nn.ModuleList(EncoderLayer(shape.width, shape.heads) for _ in range(shape.encoder_layers))
        self.layer_norm = nn.LayerNorm(shape.width)

    def _convolve(self, mel: Tensor) -> Tensor:
        return F.gelu(self.conv2(F.gelu(self.conv1(mel)))).transpose(1, 2)

    def forward(self, mel: Tensor, window: Window) -> tuple[Tensor, Tensor]:
        """``mel``: (batch, 80, frames of 10 ms); returns (batch, frames of 20 ms + K, width), and the share of the
        attention of frames with something in them that goes to empty ones."""
        x = self._convolve(mel)
        x = x + self.embed_positions.weight[: x.shape[1]]
        # All padding far from speech looks the same after the convolutions; only its position differs.
        nothing = self._convolve(mel.new_zeros(1, MEL_BINS, 12))[:, 3]
        x = torch.cat([x, nothing[:, None] + self.embed_positions(window.far)], dim=1)
        x, bias, empty = low(x), low(window.bias), low(window.empty)
        full = 1 - window.empty
        astray = x.new_zeros(())
        for layer in self.layers:
            x, attention = layer(x, bias)
            astray = astray + ((attention @ empty).float().mean(1, keepdim=True) * full).sum() / full.sum()
        return low(self.layer_norm(x)), astray / len(self.layers)


class Decoder(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.embed_positions = nn.Embedding(TARGET_POSITIONS, shape.width)
        self.layers = nn.ModuleList(DecoderLayer(shape.width, shape.heads) for _ in range(shape.decoder_layers))
        self.layer_norm = nn.LayerNorm(shape.width)
        for table in (self.embed_tokens, self.embed_positions):
            nn.init.normal_(table.weight, std=shape.width**-0.5 * 0.5)

    def forward(self, tokens: Tensor, source: Tensor, window: Window) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (batch, tokens, vocabulary), the mean attention of the alignment heads (batch, tokens, source), and
        the share of the attention to the source that goes to empty frames."""
        size = tokens.shape[1]
        causal = low(torch.full((size, size), MASKED).triu(1)[None, None])
        x = low(self.embed_tokens(tokens) + self.embed_positions.weight[:size])
        bias, empty = low(window.bias), low(window.empty)
        pointing = []
        astray = x.new_zeros(())
        for at, layer in enumerate(self.layers):
            assert isinstance(layer, DecoderLayer)
            x, attention = layer.decode(x, causal, source, bias)
            astray = astray + (attention @ empty).float().mean()
            pointing += [attention[:, head] for wanted, head in self.shape.alignment if wanted == at]
        logits = F.linear(low(self.layer_norm(x)), self.embed_tokens.weight)
        return logits, torch.stack(pointing).float().mean(0), astray / len(self.layers)


class Recogniser(nn.Module):
    """Encoder, decoder (output tied to the embedding) and the syllable and tone heads of training."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = Encoder(shape)
        self.decoder = Decoder(shape)
        self.syllable_head = nn.Linear(shape.width, shape.syllables)
        self.tone_head = nn.Linear(shape.width, shape.tones)

    def transformers_state(self) -> dict[str, Tensor]:
        """The weights under WhisperForConditionalGeneration's names, without the aids."""
        kept = {f"model.{name}": value for name, value in self.state_dict().items() if "_head." not in name}
        kept["proj_out.weight"] = self.decoder.embed_tokens.weight.data
        return kept


def sinusoids(length: int, width: int) -> Tensor:
    """Whisper's fixed encoder positions: wavelengths from 2 pi to 10,000 times that."""
    step = math.log(10_000) / (width // 2 - 1)
    angle = torch.arange(length)[:, None] * torch.exp(-step * torch.arange(width // 2))[None]
    return torch.cat([angle.sin(), angle.cos()], dim=1)
