//! Verdicts on sentences that somebody wrote: the checks of [`crate::verify`], and after them,
//! where one is configured, a model of inference that reads each claim beside the sentences it
//! rests on. Such models err, and are sure of it, so the model can take trust away and never
//! gives any.

use footnote_ingest::entailment::{Entailment, Inference, Pair};
use footnote_ingest::worker::Worker;
use footnote_store::terms::TermStats;

use crate::engine::Engine;
use crate::error::Error;
use crate::verify::{self, Evidence, FAILED, REPLACED, Verdict, Verified};

/// A model of inference on its thread.
#[derive(Clone, Debug)]
pub struct Inferring {
    /// What verdicts are signed with.
    pub model: String,
    /// The model.
    pub worker: Worker<Entailment>,
}

impl Engine {
    /// Judges each sentence of `said` as an answer to `question`, which may be empty.
    ///
    /// # Errors
    /// A model failed, or its queue is full.
    pub(crate) async fn judged(
        &self,
        said: &[&str],
        question: &str,
        evidence: &[Evidence<'_>],
        terms: &TermStats,
    ) -> Result<Vec<Verified>, Error> {
        let vectors = self.vectors(said).await?;
        let judged = verify::verify_all(said, &vectors, question, evidence, terms);
        match &self.inferring {
            Some(inferring) => inferring.doubt(said, evidence, judged).await,
            None => Ok(judged),
        }
    }
}

impl Inferring {
    /// Has the model read what the checks let pass.
    async fn doubt(
        &self,
        said: &[&str],
        evidence: &[Evidence<'_>],
        mut judged: Vec<Verified>,
    ) -> Result<Vec<Verified>, Error> {
        let claims = judged.iter().zip(said);
        let pairs: Vec<Pair> = claims
            .filter(|(one, _)| passed(one))
            .map(|(one, claim)| (premise(one, evidence), (*claim).to_owned()))
            .collect();
        if pairs.is_empty() {
            return Ok(judged);
        }
        let found = self.worker.run(move |model| model.infer(&pairs)).await;
        let found = found.map_err(|source| Error::Worker {
            model: "inference",
            source,
        })??;
        let doubted = judged.iter_mut().filter(|one| passed(one));
        for (verified, inference) in doubted.zip(found) {
            lower(verified, inference);
        }
        Ok(judged)
    }
}

fn passed(verified: &Verified) -> bool {
    verified.verdict != Verdict::Unsupported
}

/// The sentences a claim rests on, under the headings that lend them their names.
fn premise(verified: &Verified, evidence: &[Evidence<'_>]) -> String {
    let cited = || verified.evidence.iter().map(|i| &evidence[*i]);
    let headings = cited().map(|one| one.context);
    let mut parts: Vec<&str> = Vec::new();
    for part in headings.chain(cited().map(|one| one.text)) {
        if !part.is_empty() && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts.join("\n")
}

/// What the model thinks likeliest decides: a contradiction is not supported, what may be or
/// not is weak at best, and what follows stays what it was.
fn lower(verified: &mut Verified, inference: Inference) {
    let Inference {
        entailment,
        neutral,
        contradiction,
    } = inference;
    verified.checks.inference = Some(inference);
    if contradiction > entailment.max(neutral) {
        verified.verdict = Verdict::Unsupported;
        verified.support *= FAILED;
    } else if neutral > entailment {
        verified.verdict = verified.verdict.max(Verdict::Weak);
        verified.support *= REPLACED;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::verify::Claim;

    const TEXT: &str = "The valve is open.";

    fn evidence(context: &str) -> Evidence<'_> {
        Evidence {
            text: TEXT,
            context,
            vector: &[],
        }
    }

    /// The verdict on a sentence that repeats its evidence.
    fn supported() -> Verified {
        let claim = Claim {
            text: TEXT,
            vector: &[],
            question: "",
        };
        verify::verify(claim, &[evidence("")], &TermStats::default())
    }

    #[track_caller]
    fn check(shares: [f32; 3], expected: Verdict) {
        let mut verified = supported();
        let [entailment, neutral, contradiction] = shares;
        let inference = Inference {
            entailment,
            neutral,
            contradiction,
        };
        lower(&mut verified, inference);
        assert_eq!(verified.verdict, expected);
        assert_eq!(verified.checks.inference, Some(inference));
    }

    #[test]
    fn the_likeliest_decides() {
        check([0.8, 0.1, 0.1], Verdict::Supported);
        check([0.1, 0.8, 0.1], Verdict::Weak);
        check([0.1, 0.1, 0.8], Verdict::Unsupported);
        check([0.5, 0.5, 0.0], Verdict::Supported);
    }

    proptest! {
        #[test]
        fn trust_is_never_given(
            verdict in prop::sample::select(vec![
                Verdict::Supported,
                Verdict::Weak,
                Verdict::Unsupported,
            ]),
            shares in prop::array::uniform3(0.0f32..1.0),
        ) {
            let before = Verified { verdict, ..supported() };
            let mut after = before.clone();
            let [entailment, neutral, contradiction] = shares;
            lower(&mut after, Inference { entailment, neutral, contradiction });
            prop_assert!(after.verdict >= before.verdict);
            prop_assert!(after.support <= before.support);
        }
    }

    #[test]
    fn a_premise_has_its_headings_once() {
        let three = [evidence("Valves"), evidence("Pumps"), evidence("Valves")];
        let mut verified = supported();
        verified.evidence = vec![0, 1, 2];
        assert_eq!(
            premise(&verified, &three),
            "Valves\nPumps\nThe valve is open."
        );
        verified.evidence = vec![0];
        assert_eq!(premise(&verified, &[evidence("")]), TEXT);
    }
}
