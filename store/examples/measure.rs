use std::time::Instant;
use footnote_ingest::chunk::Chunk;
use footnote_ingest::document::Document;
use footnote_ingest::embed::Embedding;
use footnote_ingest::id::*;
use footnote_ingest::prepare::*;
use footnote_ingest::span::Span;
use footnote_store::*;
use time::OffsetDateTime;
const D: usize = 384;
fn rnd(seed: &mut u64) -> u64 { *seed ^= *seed << 13; *seed ^= *seed >> 7; *seed ^= *seed << 17; *seed }
fn vec(seed: &mut u64) -> Embedding { Embedding::new((0..D).map(|_| (rnd(seed) % 2000) as f32 / 1000.0 - 1.0).collect(), D).unwrap() }
fn words(seed: &mut u64, n: usize) -> String { (0..n).map(|_| { let r = rnd(seed) % 20000; let r = r * r / 20000; format!("w{}x", char::from_u32(97 + (r % 26) as u32).unwrap().to_string() + &"abcdefghij".chars().cycle().skip((r / 26 % 10) as usize).take(3 + (r / 260 % 80) as usize / 10).collect::<String>() + &char::from_u32(97 + (r / 1000) as u32).unwrap().to_string()) }).collect::<Vec<_>>().join(" ") }
fn doc(n: usize, chunks: usize, seed: &mut u64) -> Prepared {
    let uri = format!("doc-{n}");
    let id = DocumentId::derive("default", &uri);
    let chunks: Vec<_> = (0..chunks).map(|k| {
        let text = words(seed, 150);
        let span = Span::new(k * 10_000, k * 10_000 + text.chars().count());
        EmbeddedChunk { search_text: text.clone(), vector: vec(seed), sentence_vectors: (0..8).map(|_| vec(seed)).collect(),
            chunk: Chunk { id: ChunkId::derive(&id, span, &text), ordinal: k as u32, span, text, heading_path: vec!["A".into()], page: None, sentences: (0..8).map(|s| Span::new(s, s + 1)).collect(), tokens: 200 } }
    }).collect();
    Prepared { document_id: id, collection: "default".into(), uri, version: "0".repeat(32), document: Document { title: "t".into(), media_type: "text/plain".into(), language: None, text: String::new(), blocks: vec![], sentences: vec![], pages: None, warnings: vec![] }, metadata: serde_json::Map::from_iter([("team".to_owned(), "hr".into())]), created_at: OffsetDateTime::UNIX_EPOCH, updated_at: OffsetDateTime::UNIX_EPOCH, chunks }
}
fn rss() -> u64 { std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmRSS")).unwrap().split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024 }
#[tokio::main]
async fn main() {
    let total: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let dir = tempfile::tempdir_in(std::env::args().nth(2).unwrap_or("/var/tmp".into())).unwrap();
    let generation = Generation::new("m", D, "c");
    let mut seed = 88172645463325252;
    let t = Instant::now();
    let store = Store::open(StoreConfig::at(dir.path()), generation.clone()).await.unwrap();
    println!("open empty {:?} rss {}", t.elapsed(), rss());
    for n in 0..8 { let d = [doc(1_000_000 + n, 10, &mut seed)]; let t = Instant::now(); store.replace(&d).await.unwrap(); println!("one doc of 10 chunks into small {:?}", t.elapsed()); }
    let t = Instant::now();
    let mut n = 0;
    while n < total / 10 { let docs: Vec<_> = (n..n + 100).map(|n| doc(n, 10, &mut seed)).collect(); store.replace(&docs).await.unwrap(); n += 100; }
    println!("filled {} chunks {:?} rss {}", total, t.elapsed(), rss());
    for n in 0..4 { let d = [doc(2_000_000 + n, 10, &mut seed)]; let t = Instant::now(); store.replace(&d).await.unwrap(); println!("one doc of 10 chunks into large {:?}", t.elapsed()); }
    for pass in 0..2 {
        let s = store.snapshot();
        let scope = Scope::collection("default");
        let filtered = Scope { filter: Some(Filter::parse(&serde_json::json!({"field":"metadata.team","op":"eq","value":"hr"})).unwrap()), ..scope.clone() };
        for i in 0..3 {
            let v = vec(&mut seed); let q = words(&mut seed, 6);
            let t = Instant::now(); let near = s.nearest(v.as_slice(), &scope, 30).await.unwrap(); let a = t.elapsed();
            let t = Instant::now(); s.nearest(v.as_slice(), &filtered, 30).await.unwrap(); let a2 = t.elapsed();
            let t = Instant::now(); let m = s.matching(&q, &scope, 30).await.unwrap(); let b = t.elapsed();
            let t = Instant::now(); s.matching(&q, &filtered, 30).await.unwrap(); let b2 = t.elapsed();
            let ids: Vec<_> = near.iter().chain(&m).map(|h| h.chunk_id.clone()).collect();
            let t = Instant::now(); let f = s.fetch(&ids).await.unwrap(); let c = t.elapsed();
            println!("pass {pass}.{i} nearest {a:?} (filtered {a2:?}) matching {b:?} (filtered {b2:?}) fetch of {} {c:?} terms df-any {}", f.len(), s.terms.chunks());
        }
        let t = Instant::now(); let v = s.document_versions().await.unwrap(); println!("document_versions {} {:?}", v.len(), t.elapsed());
        if pass == 0 { let t = Instant::now(); let m = store.maintain().await.unwrap(); println!("maintain {:?} {m:?} rss {}", t.elapsed(), rss()); }
    }
    store.close().await;
    let t = Instant::now();
    let store = Store::open(StoreConfig::at(dir.path()), generation).await.unwrap();
    println!("reopen {:?} rss {}", t.elapsed(), rss());
    let t = Instant::now(); store.snapshot().count().await.unwrap(); println!("count {:?}", t.elapsed());
}
