//! What an export holds, as text in which something can be looked for: packed parts unpacked, numbers written out.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use flate2::read::ZlibDecoder;
use kmodtrace::export::Format;
use parquet::file::reader::{FileReader as _, SerializedFileReader};

/// All that an export tells, and the export itself unless it is a table.
///
/// # Panics
/// When it is none of this format.
#[must_use]
pub fn opened(format: Format, export: &[u8]) -> Vec<u8> {
    match format {
        Format::Perfetto => [export, varints(export).as_bytes()].concat(),
        Format::Html => {
            let page = str::from_utf8(export).expect("UTF-8");
            [page, &details(page)].concat().into_bytes()
        }
        Format::Parquet | Format::ParquetPhases => rows(export).into_bytes(),
        Format::Chrome
        | Format::Json
        | Format::Csv
        | Format::CsvPhases
        | Format::Svg
        | Format::Otlp => export.to_vec(),
    }
}

/// Every number of ten bytes, wherever it begins: nothing shorter is a kernel address.
fn varints(bytes: &[u8]) -> String {
    let numbers = bytes.windows(10).filter_map(|window| {
        let (last, rest) = window.split_last()?;
        let is_whole = *last < 0x80 && rest.iter().all(|byte| *byte >= 0x80);
        is_whole.then(|| {
            let parts = window.iter().zip((0..).step_by(7));
            parts.fold(0, |number, (byte, shift)| {
                number | u64::from(byte & 0x7f) << shift
            })
        })
    });
    numbers.map(|number| format!(" {number}")).collect()
}

/// The packed lines of a page.
fn details(page: &str) -> String {
    let mut text = String::new();
    for element in page.split("<script").skip(1) {
        let (tag, packed) = element.split_once('>').expect("a tag");
        if !tag.contains("class=\"details\"") {
            continue;
        }
        let (packed, _) = packed.split_once("</script>").expect("its end");
        let packed = STANDARD.decode(packed).expect("base64");
        let mut details = ZlibDecoder::new(&*packed);
        details.read_to_string(&mut text).expect("deflated text");
    }
    text
}

fn rows(file: &[u8]) -> String {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(file)).expect("a Parquet file");
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| format!("{}\n", row.expect("a row")))
        .collect()
}
