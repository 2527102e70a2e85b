//! Escalation: an endpoint is asked when evidence was found and the local answer may be too
//! little, never otherwise; and whatever it says or does, nothing unverified leaves. The endpoint
//! is scripted where something must go wrong, and llama.cpp where it must be real.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use footnote_api::{app, config};
use footnote_eval::answers::score::score;
use footnote_ingest::models::{Role, locate};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::endpoint::{Heard, Llama, Said, Scripted, claimed, wrote};
use crate::stream::{connect, logged, stream};
use crate::support::promises::{Texts, keeps_its_promises};
use crate::support::{BINARY, Server, needs_models, questions, root, succeed, timeless};

const TEXT: &str = "# Harbour pumps\n\nThe pump P-9 weighs 9 kg without its cable. \
    The pump P-9 was painted red in May 2021. The pump P-9 needs a supply of 230 V.";
/// It asks to explain, so one sentence may be too little.
pub(crate) const COMPLEX: &str = "Explain how much the pump P-9 weighs.";
const PLAIN: &str = "How much does the pump P-9 weigh?";
const KEY: &str = "sk-do-not-show-this";
const TRUE: &str = "The pump P-9 weighs 9 kg.";

type Setting<'a> = (&'a str, &'a str);

/// A server over one document that escalates to `url`.
pub(crate) struct Bench {
    server: Server,
    data: TempDir,
    settings: Vec<(String, String)>,
}

impl Bench {
    pub(crate) fn new(url: &str, further: &[Setting<'_>]) -> Self {
        let settings = [
            ("FOOTNOTE__MODELS__GENERATOR", "false"),
            ("FOOTNOTE__ANSWER__ESCALATE", "auto"),
            ("FOOTNOTE__MODELS__ENDPOINT_URL", url),
            ("FOOTNOTE__MODELS__ENDPOINT_MODEL", "larger"),
            ("FOOTNOTE__MODELS__ENDPOINT_USD_PER_MILLION_IN", "1.0"),
            ("FOOTNOTE__MODELS__ENDPOINT_USD_PER_MILLION_OUT", "2.0"),
        ];
        let all = settings.iter().chain(further);
        let settings = all.map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let (data, settings): (_, Vec<_>) = (TempDir::new().unwrap(), settings.collect());
        let server = start(&data, &settings, &[]);
        server.put_text("secret-project/pumps.md", TEXT);
        Self {
            server,
            data,
            settings,
        }
    }

    /// The same data directory, served anew with settings changed.
    pub(crate) fn again(self, changed: &[Setting<'_>]) -> Self {
        let Self {
            server,
            data,
            settings,
        } = self;
        drop(server);
        Self {
            server: start(&data, &settings, changed),
            data,
            settings,
        }
    }

    fn asked(&self, request: &Value) -> Value {
        let (status, answer) = self.server.post("/v1/ask", request);
        assert_eq!(status, 200, "{answer:#}");
        keeps_its_promises(&self.server, &mut Texts::default(), &answer);
        answer
    }

    pub(crate) fn ask(&self, question: &str) -> Value {
        self.asked(&json!({ "question": question }))
    }

    /// What the receipt of `answer` says of its escalation.
    pub(crate) fn escalation(&self, answer: &Value) -> Value {
        let id = answer["id"].as_str().unwrap();
        let (status, kept) = self.server.get(&format!("/v1/answers/{id}"));
        assert_eq!(status, 200, "{kept:#}");
        assert_eq!(timeless(kept["answer"].clone()), timeless(answer.clone()));
        kept["receipt"]["trace"]["escalation"].clone()
    }

    /// Asks what is complex; the answer must be the quotes, and the receipt must say `status`.
    #[track_caller]
    fn stands(&self, status: &str) -> Value {
        let answer = self.ask(COMPLEX);
        let request = json!({ "question": COMPLEX, "mode": "extractive" });
        let quotes = self.asked(&request);
        for part in ["kind", "answer", "claims", "citations", "confidence"] {
            assert_eq!(answer[part], quotes[part], "{part}");
        }
        let escalation = self.escalation(&answer);
        assert_eq!(escalation["status"], status, "{escalation:#}");
        escalation
    }
}

fn start(data: &TempDir, settings: &[(String, String)], changed: &[Setting<'_>]) -> Server {
    let all = settings.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    let all: Vec<Setting<'_>> = all.chain(changed.iter().copied()).collect();
    Server::start_with(data.path(), &all)
}

fn honest() -> Scripted {
    Scripted::new(Box::new(|_| claimed(&[("S1", TRUE)])))
}

#[test]
fn it_is_asked_when_it_is_wanted_and_never_otherwise() {
    needs_models!();
    let endpoint = honest();
    let bench = Bench::new(&endpoint.url, &[]);
    let plain = bench.ask(PLAIN);
    assert_eq!(plain["kind"], "extractive");
    assert_eq!(bench.escalation(&plain), Value::Null);
    let nothing = bench.ask("Explain who won the football world cup in 1998.");
    assert_eq!(nothing["status"], "abstained");
    assert_eq!(bench.escalation(&nothing), Value::Null);
    bench.asked(&json!({ "question": COMPLEX, "mode": "extractive" }));
    let diagnosed = json!({ "question": COMPLEX, "expected": { "answer": "9 kg" } });
    assert_eq!(bench.server.post("/v1/diagnose", &diagnosed).0, 200);
    assert_eq!(endpoint.heard().len(), 0);

    let answer = bench.ask(COMPLEX);
    assert_eq!(endpoint.heard().len(), 1);
    assert_eq!(answer["kind"], "escalated");
    assert_eq!(answer["answer"], format!("{TRUE}[1]"));
    assert_eq!(answer["models"]["endpoint"], "larger");
    let usage = json!({ "prompt_tokens": 200, "cached_tokens": 0, "completion_tokens": 50, "cost_usd": 0.0003 });
    assert_eq!(answer["usage"], usage);
    let escalation = bench.escalation(&answer);
    assert_eq!(escalation["needs"], json!(["reason"]));
    assert_eq!(escalation["status"], "used");
    assert_eq!(escalation["reply"]["model"], "scripted-1");
    assert_eq!(escalation["claims"][0]["verdict"], "supported");

    let unsure = bench.again(&[("FOOTNOTE__ANSWER__SURE", "0.99")]);
    let doubted = unsure.ask(COMPLEX);
    assert_eq!(doubted["kind"], "extractive");
    assert!(doubted["reason"].is_object(), "{doubted:#}");
    let off = unsure.again(&[("FOOTNOTE__ANSWER__ESCALATE", "never")]);
    assert_eq!(off.ask(COMPLEX)["kind"], "extractive");
    assert_eq!(endpoint.heard().len(), 0);
}

#[test]
fn only_question_and_sentences_leave_and_the_key_shows_nowhere() {
    needs_models!();
    let endpoint = honest();
    let data = TempDir::new().unwrap();
    let log = data.path().join("server.log");
    let settings = [
        ("FOOTNOTE__MODELS__GENERATOR", "false"),
        ("FOOTNOTE__ANSWER__ESCALATE", "auto"),
        ("FOOTNOTE__MODELS__ENDPOINT_URL", &endpoint.url),
        ("FOOTNOTE__MODELS__ENDPOINT_MODEL", "larger"),
        ("FOOTNOTE__MODELS__ENDPOINT_USD_PER_MILLION_IN", "0"),
        ("FOOTNOTE__MODELS__ENDPOINT_USD_PER_MILLION_OUT", "0"),
        ("FOOTNOTE__MODELS__ENDPOINT_KEY_ENV", "TEST_KEY"),
        ("FOOTNOTE__TELEMETRY__LOG", "trace"),
        ("TEST_KEY", KEY),
    ];
    let server = logged(data.path(), &log, &settings);
    server.put_text("secret-project/pumps.md", TEXT);
    let request = json!({ "question": COMPLEX });
    let (_, answer) = server.post("/v1/ask", &request);
    assert_eq!(answer["kind"], "escalated", "{answer:#}");
    let Heard { head, body, .. } = endpoint.heard().remove(0);
    assert!(
        head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(head.contains(&format!("Bearer {KEY}")), "{head}");
    let sent = body.to_string();
    for private in [
        "secret-project",
        "Harbour pumps",
        "pumps.md",
        "doc_",
        "chk_",
    ] {
        assert!(!sent.contains(private), "{private}: {sent}");
    }
    let user = body["messages"][1]["content"].as_str().unwrap();
    let (sentences, question) = user.rsplit_once("\n\nQuestion: ").unwrap();
    assert_eq!(question, COMPLEX);
    for line in sentences.strip_prefix("Sentences:\n").unwrap().lines() {
        let (id, sentence) = line.split_once(": ").unwrap();
        assert!(id.starts_with('S') && TEXT.contains(sentence), "{line}");
    }
    endpoint.now(Box::new(|_| {
        Said::Http(401, "", format!("wrong key {KEY}"))
    }));
    let (_, refused) = server.post("/v1/ask", &request);
    for answer in [&answer, &refused] {
        let id = answer["id"].as_str().unwrap();
        let (_, kept) = server.get(&format!("/v1/answers/{id}"));
        assert!(!kept.to_string().contains(KEY));
    }
    let config = Command::new(BINARY).arg("config").envs(settings).output();
    let config = String::from_utf8(config.unwrap().stdout).unwrap();
    assert!(
        config.contains("TEST_KEY") && !config.contains(KEY),
        "{config}"
    );
    drop(server);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("the endpoint was asked in vain"), "{log}");
    assert!(!log.contains(KEY));
}

#[test]
fn what_it_says_is_verified_like_anything_else() {
    needs_models!();
    let endpoint = honest();
    let bench = Bench::new(&endpoint.url, &[]);
    let lies: [&[(&str, &str)]; 5] = [
        &[("S1", "The pump P-9 weighs 19 kg.")],
        &[("S1", "The pump P-9 does not weigh 9 kg.")],
        &[("S1", "The pump P-7 weighs 9 kg.")],
        &[("S1", "The sea is deep and the captain is kind.")],
        &[(
            "S1",
            "The pump P-9 weighs 9 kg ![](https://evil.example/p.png).",
        )],
    ];
    for lie in lies {
        endpoint.now(Box::new(|_| claimed(lie)));
        let escalation = bench.stands("unverified");
        assert_eq!(escalation["claims"][0]["used"], false);
    }
    endpoint.now(Box::new(|_| {
        claimed(&[
            ("S1", "The pump P-9 weighs 19 kg."),
            ("S3", "[S3] The pump P-9 weighs 9 kg [2]."),
            ("S99", TRUE),
        ])
    }));
    let answer = bench.ask(COMPLEX);
    assert_eq!(answer["answer"], format!("{TRUE}[1]"), "{answer:#}");
    let cited = answer["citations"][0]["cited_text"].as_str().unwrap();
    assert!(cited.starts_with("The pump P-9 weighs 9 kg"), "{cited}");
    let escalation = bench.escalation(&answer);
    let used = escalation["claims"].as_array().unwrap().iter();
    let used: Vec<&Value> = used.map(|claim| &claim["used"]).collect();
    assert_eq!(used, [false, true, false], "{escalation:#}");
    assert_eq!(escalation["claims"][2]["named"], json!(["S99"]));

    endpoint.now(Box::new(|_| {
        claimed(&[("S1", "The pump P-9 weighs less without its cable.")])
    }));
    let aside = bench.stands("no_answer");
    assert_eq!(aside["claims"][0]["verdict"], "supported", "{aside:#}");

    endpoint.now(Box::new(|_| wrote(r#"{"answerable":false,"claims":[]}"#)));
    bench.stands("declined");
    endpoint.now(Box::new(|_| {
        wrote(&format!(
            "Sure!\n```json\n{{\"claims\":[{{\"text\":\"{TRUE}\"}}]}}\n```"
        ))
    }));
    assert_eq!(bench.ask(COMPLEX)["kind"], "escalated");
}

/// What fails `kind` of way leaves the quotes; after five of them nobody is asked any more.
fn fails(kind: &str, script: fn(&Value) -> Said, failure: &str) {
    let endpoint = Scripted::new(Box::new(script));
    let bench = Bench::new(
        &endpoint.url,
        &[("FOOTNOTE__MODELS__ENDPOINT_TIMEOUT_MS", "900")],
    );
    for _ in 0..5 {
        let escalation = bench.stands("failed");
        let said = escalation["failure"].as_str().unwrap();
        assert!(said.contains(failure), "{kind}: {said}");
    }
    assert!(endpoint.heard().len() >= 5, "{kind}");
    bench.stands("breaker_open");
    assert_eq!(endpoint.heard().len(), 0, "{kind}");
}

#[test]
fn a_server_that_talks_rubbish_is_left_alone() {
    needs_models!();
    fails(
        "html",
        |_| Said::Http(200, "", "<html>Hello</html>".into()),
        "no chat completion",
    );
    fails(
        "prose",
        |_| wrote("It weighs 9 kg, I think."),
        "not in the form",
    );
    fails("endless", |_| Said::Endless, "longer than 1048576 bytes");
}

#[test]
fn a_server_that_refuses_or_fails_is_left_alone() {
    needs_models!();
    fails(
        "500",
        |_| Said::Http(500, "", "oops".into()),
        "answered 500",
    );
    fails(
        "429",
        |_| Said::Http(429, "retry-after: 60\r\n", "wait".into()),
        "answered 429",
    );
    fails(
        "redirect",
        |_| {
            Said::Http(
                302,
                "location: http://127.0.0.1:1/elsewhere\r\n",
                String::new(),
            )
        },
        "answered 302",
    );
}

#[test]
fn a_server_that_is_slow_or_down_costs_the_question_only_its_time() {
    needs_models!();
    fails("slow", |_| Said::Nothing, "no reply within 900 ms");
    let bench = Bench::new("http://127.0.0.1:9/v1", &[]);
    for _ in 0..5 {
        let failure = bench.stands("failed")["failure"].to_string();
        assert!(failure.contains("no connection"), "{failure}");
    }
    bench.stands("breaker_open");
}

#[test]
fn a_failure_that_passes_is_tried_once_more() {
    needs_models!();
    let endpoint = honest();
    let mut first = true;
    endpoint.now(Box::new(move |_| match std::mem::take(&mut first) {
        true => Said::Http(503, "", String::new()),
        false => claimed(&[("S1", TRUE)]),
    }));
    let bench = Bench::new(&endpoint.url, &[]);
    let answer = bench.ask(COMPLEX);
    assert_eq!(answer["kind"], "escalated");
    assert_eq!(bench.escalation(&answer)["calls"], 2);
}

#[test]
fn a_server_that_knows_no_forms_is_asked_without() {
    needs_models!();
    let endpoint = Scripted::new(Box::new(|body| match body.get("response_format") {
        Some(_) => Said::Http(400, "", r#"{"error":"response_format?"}"#.to_owned()),
        None => claimed(&[("S1", TRUE)]),
    }));
    let bench = Bench::new(&endpoint.url, &[]);
    for requests in [2, 1] {
        let answer = bench.ask(COMPLEX);
        assert_eq!(answer["kind"], "escalated");
        assert_eq!(bench.escalation(&answer)["reply"]["held_to_form"], false);
        assert_eq!(endpoint.heard().len(), requests);
    }
}

#[test]
fn the_days_money_is_not_overspent() {
    needs_models!();
    let endpoint = honest();
    // A call may cost some hundred tokens read and 400 written: 0.0015 dollars at most, and
    // 0.0003 once it is known.
    let per_day = ("FOOTNOTE__ANSWER__ESCALATE_USD_PER_DAY", "0.0019");
    let bench = Bench::new(&endpoint.url, &[per_day]);
    let mut calls = 0;
    while bench.ask(COMPLEX)["kind"] == "escalated" {
        calls += 1;
    }
    assert!((1..=6).contains(&calls), "{calls}");
    assert_eq!(endpoint.heard().len(), calls);
    bench.stands("budget");
    let bench = bench.again(&[]);
    bench.stands("budget");
    assert_eq!(endpoint.heard().len(), 0);
}

#[test]
fn the_deadline_of_the_question_bounds_the_call() {
    needs_models!();
    let endpoint = Scripted::new(Box::new(|_| Said::Nothing));
    let settings = [
        ("FOOTNOTE__MODELS__ENDPOINT_TIMEOUT_MS", "600000"),
        ("FOOTNOTE__SERVER__REQUEST_TIMEOUT_MS", "4000"),
    ];
    let bench = Bench::new(&endpoint.url, &settings);
    for latest in [json!(1200), Value::Null] {
        let answer = bench.asked(&json!({ "question": COMPLEX, "max_latency_ms": latest }));
        assert_eq!(answer["kind"], "extractive");
        assert_eq!(bench.escalation(&answer)["status"], "failed");
    }
    let hurried = bench.asked(&json!({ "question": COMPLEX, "max_latency_ms": 1 }));
    assert_eq!(bench.escalation(&hurried)["status"], "deadline");
}

#[test]
fn a_client_that_leaves_ends_the_call() {
    needs_models!();
    let endpoint = Scripted::new(Box::new(|_| Said::Nothing));
    let bench = Bench::new(
        &endpoint.url,
        &[("FOOTNOTE__MODELS__ENDPOINT_TIMEOUT_MS", "600000")],
    );
    let connection = connect(&bench.server, &json!({ "question": COMPLEX }));
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(endpoint.heard().len(), 0);
    drop(connection);
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if endpoint.heard().first().is_some_and(|heard| heard.left) {
            break;
        }
        assert!(Instant::now() < deadline, "the call goes on");
        std::thread::sleep(Duration::from_millis(50));
    }
    endpoint.now(Box::new(|_| claimed(&[("S1", TRUE)])));
    assert_eq!(
        bench.ask(COMPLEX)["kind"],
        "escalated",
        "its place is free again"
    );
}

#[test]
fn a_slow_endpoint_holds_two_questions_and_no_more() {
    needs_models!();
    let endpoint = Scripted::new(Box::new(|_| Said::Nothing));
    let bench = Bench::new(
        &endpoint.url,
        &[("FOOTNOTE__MODELS__ENDPOINT_TIMEOUT_MS", "3000")],
    );
    let asked = std::thread::scope(|scope| {
        let asking = [(); 6].map(|()| scope.spawn(|| bench.ask(COMPLEX)));
        asking.map(|one| bench.escalation(&one.join().unwrap()))
    });
    let count = |status: &str| asked.iter().filter(|one| one["status"] == status).count();
    assert_eq!((count("failed"), count("busy")), (2, 4), "{asked:#?}");
}

#[test]
fn a_stream_tells_the_claims_once_they_are_verified() {
    needs_models!();
    let endpoint = Scripted::new(Box::new(|_| {
        claimed(&[("S1", "The pump P-9 weighs 19 kg."), ("S1", TRUE)])
    }));
    let bench = Bench::new(&endpoint.url, &[]);
    let events = stream(&bench.server, json!({ "question": COMPLEX }));
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    let expected = ["meta", "passages", "extractive", "claim", "answer", "done"];
    assert_eq!(names, expected);
    let (quoted, claim, answer) = (&events[2].1, &events[3].1, &events[4].1);
    assert_eq!(quoted["kind"], "extractive");
    assert_eq!(claim["claim"], answer["claims"][0]);
    assert_eq!(answer["answer"], format!("{TRUE}[1]"));
    assert_eq!(events[0].1["id"], answer["id"]);
    keeps_its_promises(&bench.server, &mut Texts::default(), answer);
}

#[test]
fn a_replay_verifies_the_recorded_reply_and_asks_nobody() {
    needs_models!();
    let endpoint = honest();
    let bench = Bench::new(&endpoint.url, &[]);
    let used = bench.ask(COMPLEX);
    endpoint.now(Box::new(|_| {
        claimed(&[("S1", "The pump P-9 weighs 19 kg.")])
    }));
    let unverified = bench.ask(COMPLEX);
    endpoint.now(Box::new(|_| Said::Http(401, "", String::new())));
    let failed = bench.ask(COMPLEX);
    let ids = [&used, &unverified, &failed].map(|answer| answer["id"].as_str().unwrap());
    assert!(
        ids[0] != ids[1] && ids[1] != ids[2],
        "each has a receipt: {ids:?}"
    );
    endpoint.heard();
    let replay = |bench: &Bench, answer: &Value, at: &str| {
        let path = format!("/v1/answers/{}/replay", answer["id"].as_str().unwrap());
        let (status, replayed) = bench.server.post(&path, &json!({ "at": at }));
        assert_eq!(status, 200, "{replayed:#}");
        replayed
    };
    for answer in [&used, &unverified, &failed] {
        for at in ["recorded", "latest"] {
            let replayed = replay(&bench, answer, at);
            assert_eq!(replayed["identical"], true, "{replayed:#}");
        }
    }
    // Other evidence makes another question of it, which nobody has answered.
    bench.server.put_text(
        "secret-project/pumps.md",
        &TEXT.replace("9 kg without its cable", "8 kg without its cable"),
    );
    let moved = replay(&bench, &used, "latest");
    assert_eq!(moved["answer"]["kind"], "extractive", "{moved:#}");
    assert_eq!(moved["differences"][0]["cause"], "index", "{moved:#}");
    assert_eq!(replay(&bench, &used, "recorded")["identical"], true);

    let off = bench.again(&[("FOOTNOTE__ANSWER__ESCALATE", "never")]);
    let without = replay(&off, &used, "recorded");
    let differences = without["differences"].as_array().unwrap();
    let text = differences.iter().find(|one| one["path"] == "answer");
    assert_eq!(text.unwrap()["cause"], "config", "{without:#}");
    assert_eq!(endpoint.heard().len(), 0);
}

#[test]
fn an_endpoint_that_cannot_work_is_refused_at_the_start() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let run = |settings: &[Setting<'_>]| {
        let mut command = Command::new(BINARY);
        let command = command.arg("--data").arg(data.path()).args(["serve"]);
        let output = command.envs(settings.iter().copied()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let auto = ("FOOTNOTE__ANSWER__ESCALATE", "auto");
    let (code, said) = run(&[auto]);
    assert_eq!(code, Some(2), "{said}");
    for key in ["url", "model", "usd_per_million_in", "usd_per_million_out"] {
        assert!(said.contains(&format!("models.endpoint_{key}")), "{said}");
    }
    let secret = "http://me:hidden@127.0.0.1/v1";
    let (code, said) = run(&[("FOOTNOTE__MODELS__ENDPOINT_URL", secret)]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("endpoint_url") && !said.contains("hidden"),
        "{said}"
    );
    let (code, said) = run(&[
        auto,
        ("FOOTNOTE__MODELS__ENDPOINT_URL", "http://127.0.0.1:9/v1"),
        ("FOOTNOTE__MODELS__ENDPOINT_MODEL", "m"),
        ("FOOTNOTE__MODELS__ENDPOINT_USD_PER_MILLION_IN", "0"),
        ("FOOTNOTE__MODELS__ENDPOINT_USD_PER_MILLION_OUT", "0"),
        ("FOOTNOTE__MODELS__ENDPOINT_KEY_ENV", "NOT_SET_ANYWHERE"),
    ]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("NOT_SET_ANYWHERE"), "{said}");
}

/// Every fixture question with a real server behind: `make escalation`. `FOOTNOTE_PEER` is a
/// Python with xllamacpp, `FOOTNOTE_PEER_GGUF` another model than the embedded one.
#[test]
#[ignore = "needs llama.cpp: make escalation"]
fn a_real_server_is_asked_when_it_should_be_and_nothing_unverified_leaves() {
    needs_models!();
    let Some(python) = std::env::var("FOOTNOTE_PEER").ok() else {
        println!("skipped: FOOTNOTE_PEER names no Python with xllamacpp; run `make escalation`");
        return;
    };
    let llama = Llama::start(&python, &gguf());
    let data = TempDir::new().unwrap();
    let corpus = root().join("fixtures/corpus");
    succeed(data.path(), &["ingest", corpus.to_str().unwrap()]);
    let settings = [
        ("FOOTNOTE__ANSWER__ESCALATE", "auto"),
        ("FOOTNOTE__MODELS__ENDPOINT_URL", llama.url.as_str()),
        ("FOOTNOTE__MODELS__ENDPOINT_MODEL", "served"),
        ("FOOTNOTE__MODELS__ENDPOINT_TIMEOUT_MS", "100000"),
        ("FOOTNOTE__SERVER__REQUEST_TIMEOUT_MS", "120000"),
        ("FOOTNOTE__MODELS__ENDPOINT_USD_PER_MILLION_IN", "0"),
        ("FOOTNOTE__MODELS__ENDPOINT_USD_PER_MILLION_OUT", "0"),
    ];
    let bench = Bench {
        server: Server::start_with(data.path(), &settings),
        data,
        settings: Vec::new(),
    };
    let (mut statuses, mut needs) = (BTreeMap::new(), BTreeMap::new());
    let (mut answered, mut right) = (0, [0; 3]);
    for case in questions() {
        let answer = bench.ask(&case.question);
        let local = bench.asked(&json!({ "question": case.question, "mode": "extractive" }));
        let escalation = bench.escalation(&answer);
        if answer["status"] == "abstained" {
            assert_eq!(escalation, Value::Null, "{}", case.question);
            continue;
        }
        answered += 1;
        let status = escalation["status"]
            .as_str()
            .unwrap_or("not_wanted")
            .to_owned();
        assert_eq!(answer["kind"] == "escalated", status == "used");
        *statuses.entry(status).or_insert(0) += 1;
        for need in escalation["needs"].as_array().unwrap_or(&Vec::new()) {
            *needs.entry(need.as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        if answer["kind"] == "escalated" {
            let is_right =
                |answer: Value| score(&case, &serde_json::from_value(answer).unwrap()).is_right();
            right[0] += 1;
            right[1] += usize::from(is_right(local));
            right[2] += usize::from(is_right(answer.clone()));
        }
        tell(&case.question, &escalation);
        let path = format!("/v1/answers/{}/replay", answer["id"].as_str().unwrap());
        let (_, replayed) = bench.server.post(&path, &json!({}));
        assert_eq!(replayed["identical"], true, "{replayed:#}");
    }
    println!("{answered} answered: {statuses:?}; wanted because: {needs:?}");
    println!(
        "{} escalated: {} cite all evidence, {} as quotes",
        right[0], right[2], right[1]
    );
    assert!(statuses.contains_key("used") || statuses.contains_key("unverified"));
}

/// Prints what became of one question.
fn tell(question: &str, escalation: &Value) {
    if escalation.is_null() {
        return;
    }
    println!("{} {question}", escalation["status"]);
    if let Some(failure) = escalation["failure"].as_str() {
        println!("    {failure}: {}", escalation["reply"]["text"]);
    }
    for claim in escalation["claims"].as_array().unwrap() {
        println!("    {} {}", claim["verdict"], claim["text"]);
    }
}

/// The model to serve: the embedded one, unless another is named.
fn gguf() -> PathBuf {
    let named = std::env::var_os("FOOTNOTE_PEER_GGUF").filter(|named| !named.is_empty());
    if let Some(named) = named {
        return named.into();
    }
    let config = config::load(None, config::Overrides::default()).unwrap();
    let manifest = app::manifest(&config).unwrap();
    let model = manifest.artefact(Role::Generator).unwrap();
    locate(model, &app::cache(&config)).unwrap()
}
