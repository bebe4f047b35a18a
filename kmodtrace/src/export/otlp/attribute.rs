//! Attributes: names of OpenTelemetry's semantic conventions where there is one, else `kmodtrace.` and the name that
//! the table of loads has.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList, any_value::Value},
    resource::v1::Resource,
};

use crate::{
    event::Session,
    export::arg::{Arg, Args},
    render::printable,
};

/// The conventions that names are of.
pub(super) const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.37.0";

/// The machine and the kernel that everything is of.
pub(super) fn resource(session: &Session) -> Resource {
    let text = |text: &str| Some(Value::StringValue(text.to_owned()));
    let environment = &session.environment;
    let command = session.command.as_ref().map(|words| {
        let words = words.iter().map(|word| AnyValue {
            value: text(&printable(&word.0, false)),
        });
        Value::ArrayValue(ArrayValue {
            values: words.collect(),
        })
    });
    let known = |text: &Option<String>| text.clone().map(Value::StringValue);
    let attributes = [
        ("service.name", text("kmodtrace")),
        ("service.version", text(&session.kmodtrace)),
        ("service.instance.id", text(&session.boot_id)),
        ("os.type", text("linux")),
        ("os.name", text("Linux")),
        ("os.version", text(&session.release)),
        ("host.arch", text(arch(&session.machine))),
        ("host.cpu.model.name", known(&environment.cpu_model)),
        ("kmodtrace.boot_id", text(&session.boot_id)),
        ("kmodtrace.machine", text(&session.machine)),
        ("kmodtrace.cpus", Some(Value::IntValue(session.cpus.into()))),
        ("kmodtrace.governor", known(&environment.governor)),
        ("kmodtrace.hypervisor", known(&environment.hypervisor)),
        ("kmodtrace.command", command),
        (
            "kmodtrace.redacted",
            Some(Value::BoolValue(session.redacted)),
        ),
    ];
    let attributes = attributes
        .into_iter()
        .filter_map(|(key, value)| Some(attribute(key, value?)));
    Resource {
        attributes: attributes.collect(),
        ..Resource::default()
    }
}

/// The convention's name of an architecture of `uname -m`.
fn arch(machine: &str) -> &str {
    match machine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "i386" | "i486" | "i586" | "i686" => "x86",
        "ppc64le" => "ppc64",
        other if other.starts_with("arm") => "arm32",
        other => other,
    }
}

/// Attributes of a span or an event.
pub(super) fn attributes(args: Args) -> Vec<KeyValue> {
    args.into_iter()
        .map(|(name, arg)| {
            let key = match &*name {
                "pid" => "process.pid".to_owned(),
                "parent_pid" => "process.parent_pid".to_owned(),
                "tid" => "thread.id".to_owned(),
                "comm" => "thread.name".to_owned(),
                "command_line" => "process.command_line".to_owned(),
                "path" => "file.path".to_owned(),
                "file" => "file.name".to_owned(),
                "file_bytes" => "file.size".to_owned(),
                "cgroup_path" => "process.linux.cgroup".to_owned(),
                other => format!("kmodtrace.{other}"),
            };
            KeyValue {
                key,
                value: Some(AnyValue {
                    value: Some(value(arg)),
                }),
                ..KeyValue::default()
            }
        })
        .collect()
}

/// One attribute.
pub(super) fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

fn value(arg: Arg) -> Value {
    match arg {
        Arg::Text(text) => Value::StringValue(text),
        // There are no numbers without a sign: what is too large is told in digits.
        Arg::Number(number) => i64::try_from(number)
            .map_or_else(|_| Value::StringValue(number.to_string()), Value::IntValue),
        Arg::Signed(number) => Value::IntValue(number),
        Arg::Address(address) => Value::StringValue(format!("{address:#x}")),
        Arg::Flag(flag) => Value::BoolValue(flag),
        Arg::List(args) => Value::ArrayValue(ArrayValue {
            values: args
                .into_iter()
                .map(|arg| AnyValue {
                    value: Some(value(arg)),
                })
                .collect(),
        }),
        Arg::Group(args) => Value::KvlistValue(KeyValueList {
            values: args
                .into_iter()
                .map(|(name, arg)| attribute(&name, value(arg)))
                .collect(),
        }),
    }
}
