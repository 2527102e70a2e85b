//! A folder to which anything happens, and a server that is killed whenever it pleases: after
//! each settling, the index is what a fresh ingestion of the folder makes, chunk for chunk.
//!
//! `FOOTNOTE_MODEL_STEPS` sets the number of steps of each run, `FOOTNOTE_MODEL_SEED` runs one
//! seed alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, needs_models, succeed};

const SETTINGS: &[(&str, &str)] = &[
    ("FOOTNOTE__MODELS__GENERATOR", "false"),
    ("FOOTNOTE__INGEST__SETTLE_MS", "50"),
];

/// A reproducible stream of numbers (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        (!items.is_empty()).then(|| &items[self.below(items.len())])
    }
}

const WORDS: &[&str] = &[
    "pump", "valve", "sensor", "depot", "leave", "invoice", "north", "seven", "replaced",
    "checked", "weekly", "manual",
];

fn text(random: &mut Random) -> String {
    let mut text = String::new();
    for section in 0..1 + random.below(3) {
        let word = WORDS[random.below(WORDS.len())];
        text.push_str(&format!("# Section {section} {word}\n\n"));
        for _ in 0..1 + random.below(3) {
            let words: Vec<&str> = (0..6).map(|_| WORDS[random.below(WORDS.len())]).collect();
            text.push_str(&format!("The {}. ", words.join(" ")));
        }
        text.push_str("\n\n");
    }
    text
}

/// The folder and what may happen to it.
struct World {
    folder: TempDir,
    data: TempDir,
    server: Option<Server>,
    id: String,
    random: Random,
}

impl World {
    fn new(seed: u64) -> Self {
        let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let server = Server::start_with(data.path(), SETTINGS);
        let body = json!({ "path": folder.path().to_str().unwrap() });
        let source = server.post("/v1/sources", &body).1;
        Self {
            id: source["id"].as_str().unwrap().to_owned(),
            server: Some(server),
            folder,
            data,
            random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }

    fn name(&mut self) -> PathBuf {
        let folder = ["", "hr", "hr/old", "it"][self.random.below(4)];
        let folder = self.folder.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        folder.join(format!("{}.md", WORDS[self.random.below(WORDS.len())]))
    }

    fn any(&mut self) -> Option<PathBuf> {
        let files = self.files();
        self.random.pick(&files).cloned()
    }

    /// Does something; says what.
    fn step(&mut self) -> String {
        match self.random.below(12) {
            0..=3 => self.create(),
            4..=5 => self.edit(),
            6 => self.rename(),
            7 => self.copy(),
            8 => self.delete(),
            9 => self.move_folder(),
            10 => self.restart("KILL"),
            _ => self.restart("TERM"),
        }
    }

    fn create(&mut self) -> String {
        let (path, text) = (self.name(), text(&mut self.random));
        fs::write(&path, text).unwrap();
        format!("create {}", path.display())
    }

    fn edit(&mut self) -> String {
        let Some(path) = self.any() else {
            return "nothing".to_owned();
        };
        let mut content = fs::read_to_string(&path).unwrap();
        content.push_str(&text(&mut self.random));
        fs::write(&path, content).unwrap();
        format!("edit {}", path.display())
    }

    fn rename(&mut self) -> String {
        let (Some(from), to) = (self.any(), self.name()) else {
            return "nothing".to_owned();
        };
        fs::rename(&from, &to).unwrap();
        format!("rename {} to {}", from.display(), to.display())
    }

    fn copy(&mut self) -> String {
        let (Some(from), to) = (self.any(), self.name()) else {
            return "nothing".to_owned();
        };
        let content = fs::read(&from).unwrap();
        fs::write(&to, content).unwrap();
        format!("copy {} to {}", from.display(), to.display())
    }

    fn delete(&mut self) -> String {
        let Some(path) = self.any() else {
            return "nothing".to_owned();
        };
        fs::remove_file(&path).unwrap();
        format!("delete {}", path.display())
    }

    fn move_folder(&mut self) -> String {
        let (from, to) = (
            self.folder.path().join("hr"),
            self.folder.path().join("it/hr"),
        );
        if !from.exists() || to.exists() {
            return "nothing".to_owned();
        }
        fs::create_dir_all(self.folder.path().join("it")).unwrap();
        fs::rename(&from, &to).unwrap();
        "move hr to it/hr".to_owned()
    }

    fn restart(&mut self, signal: &str) -> String {
        let server = self.server.take().unwrap();
        server.signal(signal);
        server.wait();
        self.server = Some(Server::start_with(self.data.path(), SETTINGS));
        format!("restart after {signal}")
    }

    fn settle(&self, history: &[String]) {
        let path = format!("/v1/sources/{}/drift?deep=true", self.id);
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let drift = self.server.as_ref().unwrap().get(&path).1;
            if drift["in_sync"] == true {
                return;
            }
            let said = format!("{drift:#}\n{}", history.join("\n"));
            assert!(Instant::now() < deadline, "{said}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Chunks by document: ids, spans and texts.
fn contents(server: &Server) -> BTreeMap<String, Vec<Value>> {
    let list = server.get("/v1/documents?limit=500").1;
    let items = list["items"].as_array().unwrap();
    let chunks = |item: &Value| {
        let path = format!("/v1/documents/{}/chunks", item["id"].as_str().unwrap());
        server.get(&path).1["items"].as_array().unwrap().clone()
    };
    items
        .iter()
        .map(|item| (item["uri"].as_str().unwrap().to_owned(), chunks(item)))
        .collect()
}

fn fresh(folder: &Path) -> BTreeMap<String, Vec<Value>> {
    let data = TempDir::new().unwrap();
    succeed(data.path(), &["ingest", folder.to_str().unwrap()]);
    contents(&Server::start_with(data.path(), SETTINGS))
}

fn run(seed: u64, steps: usize) {
    println!("seed {seed}, {steps} steps");
    let mut world = World::new(seed);
    let mut history = Vec::new();
    for step in 1..=steps {
        history.push(world.step());
        // Sometimes several things happen before anybody looks.
        if world.random.below(3) > 0 {
            let pause = world.random.below(400) as u64;
            std::thread::sleep(Duration::from_millis(pause));
            continue;
        }
        world.settle(&history);
        if step * 2 / steps != (step - 1) * 2 / steps {
            let now = contents(world.server.as_ref().unwrap());
            assert_eq!(now, fresh(world.folder.path()), "seed {seed}: {history:#?}");
        }
    }
    world.settle(&history);
    let (now, expected) = (
        contents(world.server.as_ref().unwrap()),
        fresh(world.folder.path()),
    );
    assert!(
        !expected.is_empty(),
        "seed {seed} leaves nothing to compare"
    );
    assert_eq!(now, expected, "seed {seed}: {history:#?}");
}

#[test]
fn whatever_happens_the_index_is_what_a_fresh_ingestion_makes() {
    needs_models!();
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let steps = number("FOOTNOTE_MODEL_STEPS").unwrap_or(25);
    match number("FOOTNOTE_MODEL_SEED") {
        Some(seed) => run(seed as u64, steps),
        None => (1..=3).for_each(|seed| run(seed, steps)),
    }
}
