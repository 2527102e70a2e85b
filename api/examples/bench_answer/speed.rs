//! Reading and writing against the clock, turn and turn about.

use footnote_answer::generate::{Draft, GUESSES, GenerateLimits, Generator, Prompt, kernels};
use serde_json::{Value, json};

use crate::Result;
use crate::peer::Peer;
use crate::prompts;

/// Prompts of each kind; each is measured once for both.
const PROMPTS: usize = 15;
/// Tokens written.
const WRITTEN: usize = 32;

/// One prompt, both ways; tokens per second.
struct Pair {
    ours: f64,
    theirs: f64,
}

pub(crate) fn run(generator: &mut Generator, peer: &mut Peer, threads: usize) -> Result<Value> {
    // Both have read their weights once before the clock runs.
    for prompt in &prompts::short(2)? {
        write(generator, prompt, 0)?;
        peer.write(&generator.tokens(prompt)?, WRITTEN)?;
    }
    let (mut reading, mut writing, mut guessing) = (Vec::new(), Vec::new(), Vec::new());
    for prompt in prompts::long(PROMPTS)? {
        reading.push(read_pair(generator, peer, &prompt)?);
    }
    for prompt in prompts::short(PROMPTS)? {
        let (plain, guessed) = write_pair(generator, peer, &prompt)?;
        writing.push(plain);
        guessing.push(guessed);
    }
    let rows = [
        ("reading", &reading),
        ("writing", &writing),
        ("writing, with guesses", &guessing),
    ];
    for (what, pairs) in rows {
        eprintln!(
            "{what:24} {:7.0} tokens/s, llama.cpp {:7.0}, ratio {:.2}",
            median(pairs.iter().map(|pair| pair.ours)),
            median(pairs.iter().map(|pair| pair.theirs)),
            ratio(pairs)
        );
    }
    let memory = (memory("self"), peer.memory());
    eprintln!("peak memory {:?} MB, llama.cpp {:?} MB", memory.0, memory.1);
    Ok(json!({
        "model": generator.model().as_str(),
        "kernels": kernels(),
        "threads": threads,
        "reading": summary(&reading),
        "writing": summary(&writing),
        "writing_with_guesses": summary(&guessing),
        "peak_memory_mb": { "ours": memory.0, "theirs": memory.1 },
    }))
}

fn read_pair(generator: &mut Generator, peer: &mut Peer, prompt: &Prompt) -> Result<Pair> {
    let draft = write_at_most(generator, prompt, 1, 0)?;
    let tokens = generator.tokens(prompt)?;
    let theirs = peer.write(&tokens, 1)?;
    Ok(Pair {
        ours: (draft.prompt_tokens - draft.cached_tokens) as f64 / draft.reading.as_secs_f64(),
        theirs: tokens.len() as f64 / theirs.read_ms * 1e3,
    })
}

/// Without and with guesses.
fn write_pair(generator: &mut Generator, peer: &mut Peer, prompt: &Prompt) -> Result<(Pair, Pair)> {
    let plain = write(generator, prompt, 0)?;
    let reply = peer.write(&generator.tokens(prompt)?, WRITTEN)?;
    let guessed = write(generator, prompt, GUESSES)?;
    // The first token is written when the prompt has been read.
    let theirs = (reply.tokens.len() - 1) as f64 / reply.write_ms * 1e3;
    let ours = |draft: &Draft| draft.completion_tokens as f64 / draft.writing.as_secs_f64();
    let pair = |draft: &Draft| Pair {
        ours: ours(draft),
        theirs,
    };
    Ok((pair(&plain), pair(&guessed)))
}

fn write(generator: &mut Generator, prompt: &Prompt, guesses: usize) -> Result<Draft> {
    write_at_most(generator, prompt, WRITTEN, guesses)
}

fn write_at_most(
    generator: &mut Generator,
    prompt: &Prompt,
    max_tokens: usize,
    guesses: usize,
) -> Result<Draft> {
    let limits = GenerateLimits {
        max_tokens,
        deadline: None,
        cancelled: &|| false,
        guesses,
    };
    Ok(generator.generate(prompt, &limits)?)
}

fn summary(pairs: &[Pair]) -> Value {
    json!({
        "ours_tokens_per_s": median(pairs.iter().map(|pair| pair.ours)),
        "llama_cpp_tokens_per_s": median(pairs.iter().map(|pair| pair.theirs)),
        "ratio": ratio(pairs),
        "pairs": pairs.len(),
    })
}

fn ratio(pairs: &[Pair]) -> f64 {
    median(pairs.iter().map(|pair| pair.ours / pair.theirs))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Peak memory of a process in MB, on Linux.
pub(crate) fn memory(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024)
}
