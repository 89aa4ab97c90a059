//! Documents written by hand, and what is read in them.

use std::io::Write as _;

use super::*;

/// Returns a document of these objects, the first of which is the catalog.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        writeln!(out, "{} 0 obj", at + 1).unwrap();
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let start = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).unwrap();
    for offset in &offsets {
        writeln!(out, "{offset:010} 00000 n ").unwrap();
    }
    write!(
        out,
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
        offsets.len() + 1
    )
    .unwrap();
    out
}

fn stream(content: &[u8], entries: &str) -> Vec<u8> {
    let mut out = format!("<< /Length {} {entries} >>\nstream\n", content.len()).into_bytes();
    out.extend_from_slice(content);
    out.extend_from_slice(b"\nendstream");
    out
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Returns a document with a page for each of these drawings, in one font and with one form.
fn pages(drawings: &[&str], font: &str, form: &str) -> Vec<u8> {
    let kids: Vec<String> = (0..drawings.len())
        .map(|at| format!("{} 0 R", 5 + 2 * at))
        .collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!(
            "<< /Type /Pages /Count {} /Kids [{}] /MediaBox [0 0 600 800] \
             /Resources << /Font << /F1 3 0 R >> /XObject << /X1 4 0 R >> >> >>",
            kids.len(),
            kids.join(" ")
        )
        .into_bytes(),
        font.as_bytes().to_vec(),
        stream(
            form.as_bytes(),
            "/Type /XObject /Subtype /Form /BBox [0 0 9 9]",
        ),
    ];
    for (at, drawing) in drawings.iter().enumerate() {
        let page = format!(
            "<< /Type /Page /Parent 2 0 R /Contents {} 0 R >>",
            6 + 2 * at
        );
        objects.push(page.into_bytes());
        objects.push(stream(&packed(drawing.as_bytes()), "/Filter /FlateDecode"));
    }
    pdf(&objects)
}

const HELVETICA: &str =
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";

#[test]
fn lines_words_columns_and_pages_are_told_by_where_text_stands() {
    let first = "BT /F1 10 Tf 50 700 Td (Incident) Tj 0 -14 Td [(po) 20 (ol) -400 (is empty)] TJ ET \
        BT /F1 10 Tf 1 0 0 1 50 672 Tm (14:05) Tj 1 0 0 1 200 672 Tm (caf\\351) Tj T* ET \
        q 1 0 0 1 0 -100 cm /X1 Do Q";
    let document = pages(
        &[first, "BT /F1 10 Tf 14 TL 50 700 Td (next) Tj (one) ' ET"],
        HELVETICA,
        "BT /F1 10 Tf 50 700 Td (in a form) Tj ET",
    );
    let found = text(document).unwrap();
    assert_eq!(
        found.text,
        "-- page 1 --\nIncident\npool is empty\n14:05  café\nin a form\n-- page 2 --\nnext\none\n"
    );
    assert_eq!(found.pages, 2);
}

#[test]
fn named_glyphs_are_read_as_the_document_names_them() {
    let font = "<< /Type /Font /Subtype /Type1 /FirstChar 1 /Widths [500 500 500] \
        /Encoding << /Differences [1 /A /ffi /eacute] >> >>";
    let document = pages(&["BT /F1 10 Tf 50 700 Td <010203> Tj ET"], font, "");
    assert_eq!(text(document).unwrap().text, "-- page 1 --\nAffié\n");
}

#[test]
fn what_cannot_be_read_is_told() {
    assert_eq!(
        text(b"%PDF-1.7\nnothing".to_vec()),
        Err(DocumentError::Damaged)
    );
    let scan = pages(&["q 1 0 0 1 0 0 cm Q"], HELVETICA, "");
    assert_eq!(text(scan), Err(DocumentError::NoText));
}

#[test]
fn hostile_documents_come_to_an_end() {
    let loops = pages(
        &["BT /F1 10 Tf (x) Tj ET /X1 Do"],
        HELVETICA,
        "/X1 Do /X1 Do",
    );
    assert!(text(loops).unwrap().text.contains('x'));
    let deep = format!("BT /F1 10 Tf {}(x) Tj ET", "q ".repeat(100_000));
    assert!(text(pages(&[&deep], HELVETICA, "")).is_ok());
    let nested = format!("{}(x) Tj", "[".repeat(100_000));
    let _ = text(pages(&[&nested], HELVETICA, ""));
    let whole = pages(&["BT /F1 10 Tf 50 700 Td (text) Tj ET"], HELVETICA, "");
    for end in (0..whole.len()).step_by(7) {
        let _ = text(whole[..end].to_vec());
        let mut damaged = whole.clone();
        damaged[end] ^= 0x55;
        let _ = text(damaged);
    }
}
