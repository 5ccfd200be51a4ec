//! Short names for what the first part takes from its script. Those of wasm-bindgen end in a hash, which no compression
//! makes smaller, and each stands in both files.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};
use wasm_encoder::{
    ImportSection, Module, RawSection,
    reencode::{Reencode, RoundtripReencoder},
};
use wasmparser::{Parser, Payload};

/// How names begin that wasm-bindgen made.
const MADE: &str = "__wb";

/// A module and its script, with short names for what the one takes from the other.
pub(crate) fn shorten(module: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let mut names = BTreeMap::new();
    let mut shortened = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.context("reading the first part")?;
        if let Payload::ImportSection(imports) = payload {
            let mut section = ImportSection::new();
            for import in imports.into_imports() {
                let import = import.context("reading what the first part takes")?;
                let ty = RoundtripReencoder.entity_type(import.ty);
                let ty = ty.map_err(|problem| anyhow!("{}: {problem}", import.name))?;
                section.import(import.module, short(import.name, &mut names), ty);
            }
            shortened.section(&section);
        } else if let Some((id, range)) = payload.as_section() {
            let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
            let data = module.get(range).context("a section lies in its module")?;
            shortened.section(&RawSection { id, data });
        }
    }
    Ok((shortened.finish(), renamed(script, &names)))
}

/// The short name of what wasm-bindgen named; any other stays.
fn short<'a>(name: &'a str, names: &'a mut BTreeMap<String, String>) -> &'a str {
    if !name.starts_with(MADE) {
        return name;
    }
    let number = names.len();
    let known = names.entry(name.to_owned());
    known.or_insert_with(|| format!("i{number}"))
}

/// A script with other names, where they are whole words.
fn renamed(script: &str, names: &BTreeMap<String, String>) -> String {
    let is_part = |of: char| of.is_alphanumeric() || of == '_' || of == '$';
    let mut renamed = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(begin) = rest.find(is_part) {
        let (before, word) = rest.split_at(begin);
        let end = word.find(|of| !is_part(of)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        renamed.push_str(before);
        renamed.push_str(names.get(word).map_or(word, String::as_str));
        rest = after;
    }
    renamed + rest
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{CustomSection, EntityType, MemoryType, TypeSection};

    use super::*;

    const HASHED: &str = "__wbg_log_208446807d0d1e30";

    fn module(names: &[&str]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        for name in names {
            imports.import("./script.js", name, EntityType::Function(0));
        }
        let memory = MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        imports.import("env", "memory", memory);
        let custom = CustomSection {
            name: "kept".into(),
            data: HASHED.as_bytes().into(),
        };
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&custom);
        module.finish()
    }

    #[test]
    fn names_that_were_made_are_short_in_both() {
        let script = format!("const own = {{ {HASHED}: () => {HASHED}_2(\"{HASHED}\"), other }};");
        let (shortened, script) = shorten(&module(&[HASHED, "other"]), &script).unwrap();
        assert_eq!(shortened, module(&["i0", "other"]));
        // A longer name is another one.
        assert_eq!(
            script,
            format!("const own = {{ i0: () => {HASHED}_2(\"i0\"), other }};")
        );
    }

    #[test]
    fn what_is_no_module_is_an_error() {
        assert!(shorten(b"\0asm", "").is_err());
    }
}
