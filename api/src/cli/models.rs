//! `footnote models`: what the manifest asks for, what the cache holds, and fetching the rest.

use footnote_answer::generate::Generator;
use footnote_answer::probe::Card;
use footnote_ingest::models::{
    Manifest, ModelError, Progress, Role, Status, Step, locate, pull, status,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::{Exit, Models, show};
use crate::app::{cache, manifest};
use crate::config::Config;
use crate::error::ApiError;

pub(super) fn run(config: &Config, command: &Models, json: bool) -> Result<Exit, ApiError> {
    let manifest = manifest(config)?;
    match command {
        Models::List => {
            let rows = inventory(config, &manifest);
            if json {
                show::json(&json!({ "items": rows }));
            } else {
                let fields = ["role", "name", "status", "bytes", "licence", "source"];
                show::rows(&json!({ "items": rows }), &fields);
            }
            Ok(Exit::Done)
        }
        Models::Pull => {
            fetch(config, &manifest, json)?;
            Ok(Exit::Done)
        }
        Models::Probe => {
            let card = probe(config, &manifest)?;
            if json {
                show::json(&json!(card));
            } else {
                show::line(&described(&card));
            }
            Ok(Exit::Done)
        }
    }
}

/// One row for each artefact of this platform, its file fully checked.
pub(super) fn inventory(config: &Config, manifest: &Manifest) -> Vec<Value> {
    let cache = cache(config);
    manifest
        .here()
        .map(|artefact| {
            let (status, problem) = match status(artefact, &cache) {
                Status::Present(_) => ("present", None),
                Status::Missing => ("missing", None),
                Status::Damaged(error) => ("damaged", Some(error.to_string())),
            };
            json!({
                "role": artefact.role,
                "name": artefact.name.as_str(),
                "status": status,
                "problem": problem,
                "bytes": artefact.bytes,
                "sha256": artefact.sha256.as_str(),
                "licence": artefact.licence,
                "source": artefact.provenance(),
                "derived_from": artefact.shipped().map(|shipped| shipped.sha256.to_string()),
            })
        })
        .collect()
}

fn fetch(config: &Config, manifest: &Manifest, json: bool) -> Result<(), ModelError> {
    let cache = cache(config);
    for artefact in manifest.here() {
        let bar = if json { ProgressBar::hidden() } else { bar() };
        bar.set_message(artefact.name.as_str().to_owned());
        let path = pull(artefact, &cache, &mut |progress| advance(&bar, progress))?;
        bar.finish_and_clear();
        eprintln!("{} is in place and verified", artefact.name.as_str());
        if json {
            show::line(&json!({ "name": artefact.name.as_str(), "path": path }).to_string());
        }
    }
    Ok(())
}

/// Tries the generator on everything and keeps its card where `serve` looks for it.
fn probe(config: &Config, manifest: &Manifest) -> Result<Card, ApiError> {
    let cache = cache(config);
    let artefact = manifest.artefact(Role::Generator)?;
    let (path, id) = (locate(artefact, &cache)?, artefact.id());
    eprintln!(
        "trying {} on small tasks, this takes up to a minute",
        artefact.name.as_str()
    );
    let measure = || {
        let mut generator = Generator::load(&path, &cache.root, id.clone())?;
        let card = Card::measure(&mut generator)?;
        card.write(&cache.root, &id).map(|()| card)
    };
    Ok(measure().map_err(footnote_answer::Error::from)?)
}

/// The card for people.
fn described(card: &Card) -> String {
    let used = |yes| if yes { "used" } else { "not used" };
    format!(
        "{}\n\
         rewriting    {:.2}  {}\n\
         copying      {:.2}  {}\n\
         citing       {:.2}  never used: citations are computed\n\
         abstaining   {:.2}  never used: the gate decides\n\
         reads {:.0} tokens/s, writes {:.0} tokens/s",
        card.model,
        card.rewriting,
        used(card.abilities().rewrites),
        card.copying,
        used(card.abilities().copies),
        card.citing,
        card.abstaining,
        card.reads_per_s,
        card.writes_per_s,
    )
}

fn advance(bar: &ProgressBar, progress: Progress<'_>) {
    let step = match progress.step {
        Step::Download => "fetching",
        Step::Store => "verifying",
    };
    bar.set_prefix(step);
    bar.set_length(progress.total);
    bar.set_position(progress.done);
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:10} {msg} {bar:30} {bytes}/{total_bytes}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
