//! Do both say the same? Scores of the next token on the service's prompts, and the tokens of
//! texts in many scripts.

use std::fs;
use std::path::Path;

use footnote_answer::generate::{Generator, kernels};
use serde_json::{Value, json};

use crate::Result;
use crate::peer::Peer;
use crate::prompts;

/// Candidates compared for each.
const CANDIDATES: usize = 10;

/// One prompt: the largest difference between the two, in natural logarithms of probability,
/// over the likeliest candidates, and the lead of the likeliest one.
struct Compared {
    difference: f64,
    margin: f64,
    same: bool,
}

pub(crate) fn run(
    generator: &Generator,
    peer: &mut Peer,
    count: usize,
    texts: Option<&Path>,
) -> Result<Value> {
    let mut asked = prompts::short(count / 2)?;
    asked.extend(prompts::long(count - asked.len())?);
    let mut compared = Vec::new();
    for prompt in &asked {
        compared.push(compare(generator, peer, &generator.tokens(prompt)?)?);
    }
    let largest = compared.iter().map(|c| c.difference).fold(0.0, f64::max);
    let differing: Vec<f64> = compared
        .iter()
        .filter(|c| !c.same)
        .map(|c| c.margin)
        .collect();
    eprintln!(
        "{} prompts: largest difference {largest:.3}, another likeliest token in {} (lead {differing:.3?})",
        compared.len(),
        differing.len(),
    );
    let tokens = texts
        .map(|texts| tokens(generator, peer, texts))
        .transpose()?;
    Ok(json!({
        "model": generator.model().as_str(),
        "kernels": kernels(),
        "prompts": compared.len(),
        "largest_difference": largest,
        "mean_difference": compared.iter().map(|c| c.difference).sum::<f64>() / compared.len() as f64,
        "leads_where_the_likeliest_differs": differing,
        "tokens": tokens,
    }))
}

fn compare(generator: &Generator, peer: &mut Peer, tokens: &[u32]) -> Result<Compared> {
    let scores = generator.scores(tokens)?;
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f64 = scores
        .iter()
        .map(|score| f64::from(score - most).exp())
        .sum();
    let ours = |token: u32| {
        let score = scores.get(token as usize).copied().unwrap_or(f32::NAN);
        f64::from(score - most) - total.ln()
    };
    let theirs = peer.likely(tokens, CANDIDATES)?;
    let [(first, p), (_, q), ..] = theirs.as_slice() else {
        return Err("the peer gave no probabilities".into());
    };
    let differences = theirs
        .iter()
        .map(|(token, p)| (ours(*token) - p.ln()).abs());
    Ok(Compared {
        difference: differences.fold(0.0, f64::max),
        margin: p.ln() - q.ln(),
        same: scores
            .get(*first as usize)
            .is_some_and(|score| *score == most),
    })
}

/// How many lines of a file become the same tokens.
fn tokens(generator: &Generator, peer: &mut Peer, texts: &Path) -> Result<Value> {
    let texts = fs::read_to_string(texts)?;
    let (mut same, mut all) = (0, 0);
    for text in texts.lines() {
        all += 1;
        let (ours, theirs) = (generator.tokenize(text)?, peer.tokenize(text)?);
        if ours == theirs {
            same += 1;
        } else {
            eprintln!("differs: {text:?}\n  ours   {ours:?}\n  theirs {theirs:?}");
        }
    }
    eprintln!("tokens: {same} of {all} texts the same");
    Ok(json!({ "texts": all, "same": same }))
}
