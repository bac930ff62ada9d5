//! Frames and envelopes: what wraps records on their way.

use super::text::{json_string, utf8, xml_escape};

/// A JSON document with the value in `$.user.u`.
pub(super) fn json(value: &[u8]) -> Vec<u8> {
    let value = json_string(&utf8(value));
    format!(r#"{{"v":3,"kind":"open","user":{{"u":{value},"seen":[true,null]}}}}"#).into_bytes()
}

/// A gRPC message (gRPC over HTTP/2, "Length-Prefixed-Message").
pub(super) fn grpc(message: &[u8], compressed: bool) -> Vec<u8> {
    [&[u8::from(compressed)][..], &(message.len() as u32).to_be_bytes(), message].concat()
}

/// A gRPC-web body: the message, then its trailers in a frame of their own.
pub(super) fn grpc_web(message: &[u8]) -> Vec<u8> {
    let trailers = b"grpc-status:0\r\n";
    [&grpc(message, false)[..], &[0x80], &(trailers.len() as u32).to_be_bytes(), trailers].concat()
}

/// A Sentry envelope (develop.sentry.dev, "Envelopes") with an event whose user has the value as
/// `email`, and an attachment.
pub(super) fn sentry(value: &[u8]) -> Vec<u8> {
    let value = json_string(&utf8(value));
    let event = format!(
        "{{\"message\":\"it broke\",\"user\":{{\"email\":{value}}},\"tags\":{{\"a\":\"b\"}}}}"
    );
    format!(
        "{{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\",\"sdk\":{{\"name\":\"maker\"}}}}\n\
         {{\"type\":\"event\",\"length\":{}}}\n{event}\n\
         {{\"type\":\"attachment\",\"length\":10,\"filename\":\"log.txt\"}}\nfirst\nline\n",
        event.len()
    )
    .into_bytes()
}

/// A Socket.IO event (protocol 5) in an Engine.IO message (protocol 4).
pub(super) fn socket_io(value: &[u8]) -> Vec<u8> {
    format!("42/page,7[\"open\",{}]", utf8(&json(value))).into_bytes()
}

/// A SignalR invocation (Hub Protocol, JSON encoding), after a ping.
pub(super) fn signalr(value: &[u8]) -> Vec<u8> {
    let value = json_string(&utf8(value));
    let invocation = format!("{{\"type\":1,\"target\":\"Open\",\"arguments\":[{value},3]}}");
    format!("{{\"type\":6}}\u{1e}{invocation}\u{1e}").into_bytes()
}

/// XML with the value as an attribute of the user.
pub(super) fn xml_attribute(value: &[u8]) -> Vec<u8> {
    let value = xml_escape(&utf8(value));
    format!("<?xml version=\"1.0\"?>\n<event v=\"3\"><user u=\"{value}\"/></event>").into_bytes()
}

/// XML with the value as the text of an element.
pub(super) fn xml_element(value: &[u8]) -> Vec<u8> {
    let value = xml_escape(&utf8(value));
    format!("<?xml version=\"1.0\"?>\n<event v=\"3\"><user><u>{value}</u></user></event>")
        .into_bytes()
}

/// A property list in XML.
pub(super) fn xml_plist(value: &[u8]) -> Vec<u8> {
    let value = xml_escape(&utf8(value));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \
         \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\"><dict><key>v</key><integer>3</integer>\
         <key>u</key><string>{value}</string></dict></plist>"
    )
    .into_bytes()
}

/// What a minidump shows of a program.
#[derive(Clone, Copy)]
pub(super) enum Dumped {
    /// Breakpad's stream of the command line.
    CommandLine,
    /// Breakpad's stream of the environment.
    Environment,
    /// Memory of the stack, as ASCII among other bytes.
    Memory,
    /// Memory of the stack, as UTF-16.
    WideMemory,
}

/// A minidump (Microsoft's MINIDUMP_HEADER; Breakpad's `minidump_format.h`) of three streams.
pub(super) fn minidump(value: &[u8], place: Dumped) -> Vec<u8> {
    let own = |wanted: &[u8], text: &str| [text.as_bytes(), wanted].concat();
    let text = utf8(value);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let nothing: &[u8] = b"";
    let pick = |this: bool| if this { value } else { nothing };
    let command = [
        own(pick(matches!(place, Dumped::CommandLine)), "/opt/browser\0--url="),
        b"\0--type=renderer\0".to_vec(),
    ]
    .concat();
    let environment = [
        own(pick(matches!(place, Dumped::Environment)), "LANG=C\0LAST="),
        b"\0SHELL=/bin/sh\0".to_vec(),
    ]
    .concat();
    let stack = match place {
        Dumped::Memory => [&stack(40), value, &[0], &stack(24)].concat(),
        Dumped::WideMemory => [&stack(40), &wide[..], &[0, 0], &stack(24)].concat(),
        _ => stack(64),
    };
    dump(&command, &environment, &stack)
}

/// Words that look like addresses on a stack.
fn stack(words: u64) -> Vec<u8> {
    (0..words).flat_map(|i| (0x7ffd_3c00_1000 + i * 0x8a8).to_le_bytes()).collect()
}

fn dump(command: &[u8], environment: &[u8], stack: &[u8]) -> Vec<u8> {
    const HEADER: usize = 32;
    const MEMORY_LIST: u32 = 5;
    const LINUX_COMMAND: u32 = 0x4767_0006;
    const LINUX_ENVIRONMENT: u32 = 0x4767_0007;
    let list = HEADER + 3 * 12;
    let at_stack = list + 4 + 16;
    let at_command = at_stack + stack.len();
    let at_environment = at_command + command.len();
    let word = |n: usize| (n as u32).to_le_bytes();
    let mut out = b"MDMP".to_vec();
    out.extend(0x0000_a793_u32.to_le_bytes());
    out.extend([word(3), word(HEADER), word(0), word(1_700_000_000)].concat());
    out.extend(0u64.to_le_bytes());
    let streams = [
        (MEMORY_LIST, 20, list),
        (LINUX_COMMAND, command.len(), at_command),
        (LINUX_ENVIRONMENT, environment.len(), at_environment),
    ];
    for (kind, length, at) in streams {
        out.extend(kind.to_le_bytes());
        out.extend([word(length), word(at)].concat());
    }
    out.extend(word(1));
    out.extend(0x7ffd_3c00_0000_u64.to_le_bytes());
    out.extend([word(stack.len()), word(at_stack)].concat());
    out.extend([stack, command, environment].concat());
    out
}
