//! What a model looks like, read from its GGUF. Whatever would change the arithmetic and is
//! not known here is refused, so that a file either runs rightly or not at all.

use candle_core::quantized::gguf_file::{Content, Value};

use crate::generate::gguf::{number, real, text};

/// Sizes and constants of a decoder.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::generate) struct Shape {
    /// Blocks, each attention and feed-forward.
    pub(in crate::generate) layers: usize,
    /// Numbers per token between the blocks.
    pub(in crate::generate) hidden: usize,
    /// Numbers per token inside a feed-forward network.
    pub(in crate::generate) inner: usize,
    /// Heads that ask.
    pub(in crate::generate) heads: usize,
    /// Heads that are asked; each serves `heads / kv_heads` of the others.
    pub(in crate::generate) kv_heads: usize,
    /// Numbers per head.
    pub(in crate::generate) head: usize,
    /// Candidates for the next token.
    pub(in crate::generate) vocabulary: usize,
    /// Keeps the root of a mean square away from zero.
    pub(in crate::generate) epsilon: f32,
    /// How fast the slowest pair of numbers turns with the position.
    pub(in crate::generate) rope_base: f64,
    /// Which numbers of a head turn together.
    pub(in crate::generate) pairs: Pairs,
    /// Tokens the model was made for.
    pub(in crate::generate) context: usize,
}

/// Which numbers of a head are turned together by the rotary embedding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::generate) enum Pairs {
    /// Neighbours: 0 and 1, 2 and 3. llama, whose weights GGUF reorders for it.
    Neighbours,
    /// Halves: 0 and `head / 2`, 1 and `head / 2 + 1`. qwen2 and qwen3.
    Halves,
}

/// Keys that would change the arithmetic in a way this decoder does not follow, with what
/// they mean.
const STRANGE: [(&str, &str); 4] = [
    ("expert_count", "experts"),
    ("rope.scaling.factor", "scaled rotary positions"),
    ("attention.logit_softcapping", "capped attention scores"),
    ("logit_scale", "scaled token scores"),
];

impl Shape {
    /// Reads the metadata; the error says what is unknown or missing.
    pub(in crate::generate) fn read(content: &Content) -> Result<Self, String> {
        let family = text(content, "general.architecture").unwrap_or("none");
        let pairs = match family {
            "llama" => Pairs::Neighbours,
            "qwen2" | "qwen3" => Pairs::Halves,
            other => return Err(format!("architecture `{other}`")),
        };
        let key = |name: &str| format!("{family}.{name}");
        for (name, meaning) in STRANGE {
            if content.metadata.get(&key(name)).is_some_and(matters) {
                return Err(meaning.to_owned());
            }
        }
        let size = |name: &str| {
            let found = number(content, &key(name)).filter(|size| *size > 0);
            found.ok_or_else(|| format!("no `{}`", key(name)))
        };
        let (hidden, heads) = (size("embedding_length")?, size("attention.head_count")?);
        let shape = Self {
            layers: size("block_count")?,
            hidden,
            inner: size("feed_forward_length")?,
            heads,
            kv_heads: size("attention.head_count_kv").unwrap_or(heads),
            head: size("attention.key_length").unwrap_or(hidden / heads),
            vocabulary: rows(content, "token_embd.weight")?,
            epsilon: real(content, &key("attention.layer_norm_rms_epsilon")).unwrap_or(1e-5) as f32,
            rope_base: real(content, &key("rope.freq_base")).unwrap_or(10_000.0),
            pairs,
            context: reach(content, &key)?,
        };
        shape.check(number(content, &key("rope.dimension_count")))
    }

    fn check(self, turned: Option<usize>) -> Result<Self, String> {
        if !self.heads.is_multiple_of(self.kv_heads) || !self.head.is_multiple_of(2) {
            return Err(format!(
                "{} heads of {} numbers over {} key heads",
                self.heads, self.head, self.kv_heads
            ));
        }
        match turned {
            Some(turned) if turned != self.head => Err("partly turned heads".to_owned()),
            _ => Ok(self),
        }
    }

    /// Numbers per token and layer that are kept of the keys, and as many of the values.
    pub(in crate::generate) fn kv_width(&self) -> usize {
        self.kv_heads * self.head
    }
}

/// Tokens the model can see: a sliding window ends its context, since nothing here slides.
fn reach(content: &Content, key: &dyn Fn(&str) -> String) -> Result<usize, String> {
    let context = number(content, &key("context_length"));
    let context = context.ok_or_else(|| format!("no `{}`", key("context_length")))?;
    let window = number(content, &key("attention.sliding_window")).filter(|window| *window > 0);
    Ok(window.map_or(context, |window| window.min(context)))
}

fn rows(content: &Content, tensor: &str) -> Result<usize, String> {
    let info = content.tensor_infos.get(tensor);
    let rows = info.and_then(|info| info.shape.dims().first().copied());
    rows.ok_or_else(|| format!("no `{tensor}`"))
}

/// Whether a strange key says anything: converters write some of them with a neutral value.
fn matters(value: &Value) -> bool {
    match value {
        Value::F32(number) => *number != 0.0 && *number != 1.0,
        Value::F64(number) => *number != 0.0 && *number != 1.0,
        other => other.to_u64().is_ok_and(|number| number > 0),
    }
}
