//! Servers to escalate to: one that says what a test lets it say, for everything that can go
//! wrong, and a real one, llama.cpp.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::root;

/// What the scripted server does with a request.
pub(crate) type Script = Box<dyn FnMut(&Value) -> Said + Send>;

pub(crate) enum Said {
    /// A status, further headers and a body.
    Http(u16, &'static str, String),
    /// Nothing, for as long as the other side waits.
    Nothing,
    /// The beginning of a body that has no end.
    Endless,
}

/// What came in.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) head: String,
    pub(crate) body: Value,
    /// Whether the other side left before it was answered.
    pub(crate) left: bool,
}

/// A server that plays a script.
pub(crate) struct Scripted {
    pub(crate) url: String,
    script: Arc<Mutex<Script>>,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Scripted {
    pub(crate) fn new(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (script, heard) = (Arc::new(Mutex::new(script)), Arc::default());
        let played = (Arc::clone(&script), Arc::clone(&heard));
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let (script, heard) = (Arc::clone(&played.0), Arc::clone(&played.1));
                std::thread::spawn(move || serve(connection, &script, &heard));
            }
        });
        Self { url, script, heard }
    }

    /// From now on it does something else.
    pub(crate) fn now(&self, script: Script) {
        *self.script.lock().unwrap() = script;
    }

    /// What came in since the last call.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

fn serve(connection: TcpStream, script: &Mutex<Script>, heard: &Mutex<Vec<Heard>>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let lower = head.to_lowercase();
    let length = lower.split("content-length: ").nth(1).unwrap();
    let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let said = script.lock().unwrap()(&body);
    // Whoever hears that a call left must not hear of it twice.
    let left = matches!(said, Said::Nothing) && reader.read(&mut [0]).unwrap_or(0) == 0;
    let seen = Heard { head, body, left };
    heard.lock().unwrap().push(seen);
    let mut connection = connection;
    match said {
        Said::Http(status, headers, body) => {
            let length = body.len();
            let text = format!(
                "HTTP/1.1 {status} Said\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            let _ = connection.write_all(text.as_bytes());
        }
        Said::Nothing => {}
        Said::Endless => {
            let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
            while connection.write_all(&[b' '; 1 << 16]).is_ok() {}
        }
    }
}

/// A chat completion whose model wrote `text`.
pub(crate) fn wrote(text: &str) -> Said {
    let body = json!({
        "model": "scripted-1",
        "choices": [{ "message": { "content": text }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 200, "completion_tokens": 50 },
    });
    Said::Http(200, "content-type: application/json\r\n", body.to_string())
}

/// A chat completion with these claims, each with the evidence it names.
pub(crate) fn claimed(claims: &[(&str, &str)]) -> Said {
    let claim = |(id, text): &(&str, &str)| json!({ "evidence": [id], "text": text });
    let claims: Vec<Value> = claims.iter().map(claim).collect();
    wrote(&json!({ "answerable": true, "claims": claims }).to_string())
}

/// llama.cpp's own server with a model file, until it is dropped.
pub(crate) struct Llama {
    pub(crate) url: String,
    child: Child,
    leash: Option<ChildStdin>,
}

impl Llama {
    /// Serves the GGUF at `model` by the `python` that `.ci/endpoint` made.
    pub(crate) fn start(python: &str, model: &Path) -> Self {
        let mut child = Command::new(python)
            .arg(root().join(".ci/endpoint.py"))
            .arg(model)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let leash = child.stdin.take();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            line.strip_prefix("listening on ").map(str::to_owned)
        });
        Self {
            url: format!("{}/v1", address.unwrap()),
            child,
            leash,
        }
    }
}

impl Drop for Llama {
    fn drop(&mut self) {
        drop(self.leash.take());
        let _ = self.child.wait();
    }
}
