//! The programming and configuration languages whose files are read as source code: told by
//! extension or interpreter, only to name them. Their text is all that is used.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// A language of source code.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// Its name, as its users write it.
    pub name: &'static str,
    /// The media type of its files.
    pub media_type: &'static str,
    /// Extensions of its files, lower case.
    extensions: &'static [&'static str],
}

const fn language(
    name: &'static str,
    media_type: &'static str,
    extensions: &'static [&'static str],
) -> Language {
    Language {
        name,
        media_type,
        extensions,
    }
}

/// Extensions that several languages share stand with the more common one.
static LANGUAGES: [Language; 44] = [
    language("Rust", "text/x-rust", &["rs"]),
    language("Python", "text/x-python", &["py", "pyi", "pyw"]),
    language(
        "JavaScript",
        "text/javascript",
        &["js", "mjs", "cjs", "jsx"],
    ),
    language(
        "TypeScript",
        "text/x-typescript",
        &["ts", "tsx", "mts", "cts"],
    ),
    language("Go", "text/x-go", &["go"]),
    language("Java", "text/x-java", &["java"]),
    language("Kotlin", "text/x-kotlin", &["kt", "kts"]),
    language("Scala", "text/x-scala", &["scala", "sc"]),
    language("Groovy", "text/x-groovy", &["groovy", "gradle"]),
    language("C", "text/x-c", &["c", "h"]),
    language(
        "C++",
        "text/x-c++",
        &["cpp", "cc", "cxx", "hpp", "hh", "hxx"],
    ),
    language("C#", "text/x-csharp", &["cs"]),
    language("F#", "text/x-fsharp", &["fs", "fsx"]),
    language("Objective-C", "text/x-objective-c", &["m", "mm"]),
    language("Swift", "text/x-swift", &["swift"]),
    language("Zig", "text/x-zig", &["zig"]),
    language("Dart", "text/x-dart", &["dart"]),
    language("Ruby", "text/x-ruby", &["rb", "rake", "gemspec"]),
    language("PHP", "text/x-php", &["php"]),
    language("Perl", "text/x-perl", &["pl", "pm"]),
    language("Lua", "text/x-lua", &["lua"]),
    language("R", "text/x-r", &["r"]),
    language("Julia", "text/x-julia", &["jl"]),
    language("Haskell", "text/x-haskell", &["hs"]),
    language("OCaml", "text/x-ocaml", &["ml", "mli"]),
    language("Erlang", "text/x-erlang", &["erl", "hrl"]),
    language("Elixir", "text/x-elixir", &["ex", "exs"]),
    language("Clojure", "text/x-clojure", &["clj", "cljs", "edn"]),
    language("Lisp", "text/x-lisp", &["lisp", "el", "scm"]),
    language("Fortran", "text/x-fortran", &["f", "f90", "f95", "for"]),
    language("COBOL", "text/x-cobol", &["cob", "cbl"]),
    language("Visual Basic", "text/x-vb", &["vb", "bas", "vbs"]),
    language("SQL", "text/x-sql", &["sql"]),
    language(
        "shell script",
        "text/x-sh",
        &["sh", "bash", "zsh", "ksh", "fish"],
    ),
    language("PowerShell", "text/x-powershell", &["ps1", "psm1"]),
    language("batch", "text/x-bat", &["bat", "cmd"]),
    language("CSS", "text/css", &["css", "scss", "sass", "less"]),
    language("YAML", "text/yaml", &["yaml", "yml"]),
    language("TOML", "text/x-toml", &["toml"]),
    language(
        "INI",
        "text/x-ini",
        &["ini", "cfg", "conf", "properties", "env"],
    ),
    language("Protocol Buffers", "text/x-protobuf", &["proto"]),
    language("Terraform", "text/x-terraform", &["tf", "hcl"]),
    language("TeX", "text/x-tex", &["tex", "bib", "sty"]),
    language("diff", "text/x-diff", &["diff", "patch"]),
];

/// Writes a language as its name.
pub(super) fn serialize<S: Serializer>(
    language: &&'static Language,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(language.name)
}

/// Finds a language by its name.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<&'static Language, D::Error> {
    let name = String::deserialize(deserializer)?;
    let known = LANGUAGES.iter().find(|language| language.name == name);
    known.ok_or_else(|| D::Error::custom(format!("`{name}` is no known language")))
}

pub(super) fn by_extension(extension: &str) -> Option<&'static Language> {
    LANGUAGES
        .iter()
        .find(|language| language.extensions.contains(&extension))
}

pub(super) fn by_media_type(media_type: &str) -> Option<&'static Language> {
    LANGUAGES
        .iter()
        .find(|language| language.media_type == media_type)
}

/// The language that an interpreter such as `python3` runs.
pub(super) fn by_interpreter(program: &str) -> Option<&'static Language> {
    let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    by_extension(match program {
        "python" => "py",
        "node" => "js",
        "ruby" => "rb",
        "perl" => "pl",
        "dash" => "sh",
        shell => shell,
    })
}
