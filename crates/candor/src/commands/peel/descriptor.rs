//! Names for the numbers of protobuf, from a descriptor set that `protoc --include_imports
//! --descriptor_set_out=FILE` wrote (google/protobuf/descriptor.proto).
//!
//! Names are shown beside the numbers and change nothing in what is opened: the numbers are what
//! was sent.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use prost::Message;
use prost_types::{DescriptorProto, FileDescriptorSet};

/// Messages nest at most this deep in one another's definitions.
const DEEPEST: usize = 32;
/// Bytes of a descriptor set at most.
const MOST: u64 = 64 << 20;

/// What the fields of one message are called, by number; and the message in each, where it is one.
type Fields = BTreeMap<i32, (String, Option<String>)>;

/// A descriptor set, and the message in it that protobuf is taken for.
#[derive(Debug)]
pub(super) struct Descriptor {
    messages: BTreeMap<String, Fields>,
    outermost: String,
}

impl Descriptor {
    /// Reads a descriptor set. `message` may leave its package out where that is plain enough.
    pub(super) fn read(file: &Path, message: &str) -> Result<Self> {
        let name = file.display();
        let size =
            std::fs::metadata(file).with_context(|| format!("{name}: cannot be read"))?.len();
        if size > MOST {
            bail!("{name}: larger than 64 MiB, which no descriptor set is");
        }
        let bytes = std::fs::read(file).with_context(|| format!("{name}: cannot be read"))?;
        Self::parse(&bytes, message).with_context(|| format!("{name}"))
    }

    fn parse(bytes: &[u8], message: &str) -> Result<Self> {
        let set = FileDescriptorSet::decode(bytes).context(
            "no descriptor set: write one with `protoc --include_imports --descriptor_set_out=FILE`",
        )?;
        let mut messages = BTreeMap::new();
        for file in &set.file {
            for message in &file.message_type {
                add(&mut messages, file.package(), message, 0);
            }
        }
        let ends = format!(".{message}");
        let mut fitting = messages.keys().filter(|name| *name == message || name.ends_with(&ends));
        match (fitting.next().cloned(), fitting.next()) {
            (Some(outermost), None) => Ok(Self { messages, outermost }),
            (Some(one), Some(other)) => {
                bail!("`{message}` may be {one} or {other}: name one whole")
            }
            (None, _) => {
                let some: Vec<&str> = messages.keys().take(20).map(String::as_str).collect();
                bail!("no message `{message}`; there are {}", some.join(", "))
            }
        }
    }

    /// The names of a step such as `protobuf:3[1].8.1`, as far as they are known.
    pub(super) fn names(&self, step: &str) -> Option<String> {
        let mut message = Some(self.outermost.as_str());
        let mut names = Vec::new();
        for part in step.strip_prefix("protobuf:")?.split('.') {
            let (number, index) = part.split_at(part.find('[').unwrap_or(part.len()));
            let known = message.and_then(|message| self.messages.get(message));
            let field = number.parse().ok().and_then(|number: i32| known?.get(&number));
            names.push(field.map_or_else(|| part.to_owned(), |(name, _)| format!("{name}{index}")));
            message = field.and_then(|(_, inner)| inner.as_deref());
        }
        Some(names.join("."))
    }
}

fn add(all: &mut BTreeMap<String, Fields>, within: &str, message: &DescriptorProto, depth: usize) {
    let name = match within {
        "" => message.name().to_owned(),
        within => format!("{within}.{}", message.name()),
    };
    let fields = message.field.iter().map(|field| {
        let inner = field.type_name.as_ref().map(|name| name.trim_start_matches('.').to_owned());
        (field.number(), (field.name().to_owned(), inner))
    });
    all.insert(name.clone(), fields.collect());
    if depth < DEEPEST {
        message.nested_type.iter().for_each(|inner| add(all, &name, inner, depth + 1));
    }
}

#[cfg(test)]
mod tests {
    use prost_types::{FieldDescriptorProto, FileDescriptorProto};

    use super::*;

    fn field(name: &str, number: i32, of: Option<&str>) -> FieldDescriptorProto {
        FieldDescriptorProto {
            name: Some(name.into()),
            number: Some(number),
            type_name: of.map(str::to_owned),
            ..FieldDescriptorProto::default()
        }
    }

    fn message(name: &str, field: Vec<FieldDescriptorProto>) -> DescriptorProto {
        DescriptorProto { name: Some(name.into()), field, ..DescriptorProto::default() }
    }

    fn set() -> Vec<u8> {
        let mut report = message("Report", vec![field("sources", 3, Some(".ukm.Report.Source"))]);
        report.nested_type = vec![message("Source", vec![field("urls", 8, Some(".ukm.Url"))])];
        let url = message("Url", vec![field("url", 1, None)]);
        let other = FileDescriptorProto {
            package: Some("other".into()),
            message_type: vec![message("Url", vec![])],
            ..FileDescriptorProto::default()
        };
        let file = FileDescriptorProto {
            package: Some("ukm".into()),
            message_type: vec![report, url],
            ..FileDescriptorProto::default()
        };
        FileDescriptorSet { file: vec![file, other] }.encode_to_vec()
    }

    #[test]
    fn numbers_get_their_names() {
        let known = Descriptor::parse(&set(), "Report").unwrap();
        let table = [
            ("protobuf:3[1].8.1", Some("sources[1].urls.url")),
            ("protobuf:3.9.1", Some("sources.9.1")),
            ("protobuf:7", Some("7")),
            ("gzip", None),
        ];
        for (step, names) in table {
            assert_eq!(known.names(step).as_deref(), names, "{step}");
        }
    }

    #[test]
    fn what_does_not_fit_says_the_way_out() {
        let why = |bytes: &[u8], name| format!("{:#}", Descriptor::parse(bytes, name).unwrap_err());
        assert!(why(&set(), "Url").contains("name one whole"));
        assert!(why(&set(), "Source2").contains("there are other.Url, ukm.Report"));
        assert!(why(b"\xff\xff", "Url").contains("protoc"));
    }
}
