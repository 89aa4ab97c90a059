use crate::{Analysis, DataClass, Level, LogFormat, Options, analyze, verify_citation};

/// Writes an event with its number, level and description.
type Form<'a> = &'a dyn Fn(u32, &str, &str) -> String;

fn analyzed(text: &str) -> Analysis {
    let analysis = analyze(text.as_bytes(), Options::default());
    assert_eq!(analysis.classification.data_class, DataClass::Logs);
    for template in &analysis.templates {
        let cited = &template.example;
        let slice = &text.as_bytes()[cited.byte_start as usize..cited.byte_end as usize];
        verify_citation(slice, cited, analysis.encoding).unwrap();
    }
    analysis
}

fn shown(analysis: &Analysis) -> Vec<(String, u64, Option<Level>, Option<&str>)> {
    let templates = analysis.templates.iter();
    templates
        .map(|it| {
            let component = it.component.as_deref();
            (it.text.clone(), it.count, it.levels.dominant(), component)
        })
        .collect()
}

#[test]
fn the_journal_in_export_format_is_read_event_by_event() {
    let event = |at: u32, priority: u32, message: &str| {
        format!(
            "__CURSOR=s=1;i={at}\n__REALTIME_TIMESTAMP=17410971{at:02}000000\n_HOSTNAME=web-1\n{message}\nPRIORITY={priority}\nSYSLOG_IDENTIFIER=shop\n_PID=7\n\n"
        )
    };
    let mut text = String::new();
    for at in 0..5 {
        text += &event(at, 6, &format!("MESSAGE=served {at}"));
    }
    text += &event(9, 3, "MESSAGE=cannot open ledger");
    text += &event(
        10,
        3,
        "MESSAGE\n\x1b\0\0\0\0\0\0\0cannot sync\nbecause of 5 peers",
    );
    let analysis = analyzed(&text);
    assert_eq!(analysis.log_format, Some(LogFormat::Journald));
    assert_eq!(
        shown(&analysis),
        [
            ("served <*>".to_owned(), 5, Some(Level::Info), Some("shop")),
            (
                "cannot open ledger".to_owned(),
                1,
                Some(Level::Error),
                Some("shop")
            ),
            (
                "cannot sync".to_owned(),
                1,
                Some(Level::Error),
                Some("shop")
            ),
        ]
    );
    let last = analysis.coverage.last_time.unwrap().to_rfc3339();
    assert_eq!(last, "2025-03-04T14:05:10+00:00");
    assert_eq!(
        analysis.templates[1].example.quote,
        "MESSAGE=cannot open ledger"
    );
    let cited = &analysis.templates[2].example;
    assert_eq!(cited.quote, "cannot sync");
    let range = cited.byte_start as usize..cited.byte_end as usize;
    assert_eq!(&text.as_bytes()[range], b"cannot sync");
}

/// Writes an event of the journal whose message stands behind its length.
fn counted(at: u32, message: &[u8]) -> Vec<u8> {
    let head =
        format!("__CURSOR=s=1;i={at}\n__REALTIME_TIMESTAMP=17410971{at:02}000000\nMESSAGE\n");
    [
        head.as_bytes(),
        &(message.len() as u64).to_le_bytes(),
        message,
        b"\nPRIORITY=3\nSYSLOG_IDENTIFIER=shop\n\n",
    ]
    .concat()
}

#[test]
fn a_message_of_the_journal_is_as_long_as_it_says() {
    let forged = "PRIORITY=6\nMESSAGE=all is well\n\n__CURSOR=s=9\nMESSAGE=served";
    let padded = |length: usize| {
        let text = format!("cannot sync\n{forged}\n");
        text.clone() + &"x".repeat(length - text.len())
    };
    let messages = [
        "cannot sync\nPRIORITY=6\n\n".to_owned(),
        // Of these lengths, bytes are no letters, ends of lines, or both.
        padded(0x80),
        padded(0xFF),
        padded(0x10A),
        padded(0xA0A),
        padded(0xA0D),
        padded(0x80C3),
        padded(0xFFFE),
    ];
    for message in messages {
        let mut bytes = counted(1, message.as_bytes());
        bytes.extend(counted(2, b"cannot open ledger"));
        let analysis = analyze(&bytes, Options::default());
        let length = message.len();
        let found: Vec<_> = shown(&analysis)
            .into_iter()
            .map(|(text, count, level, _)| (text, count, level))
            .collect();
        let expected = ["cannot sync", "cannot open ledger"]
            .map(|text| (text.to_owned(), 1, Some(Level::Error)));
        assert_eq!(found, expected, "{length:#x}");
        assert_eq!(analysis.templates[0].example.quote, "cannot sync");
        for template in &analysis.templates {
            let cited = &template.example;
            let slice = &bytes[cited.byte_start as usize..cited.byte_end as usize];
            verify_citation(slice, cited, analysis.encoding).unwrap();
        }
    }
}

#[test]
fn fields_of_an_event_without_a_message_are_not_those_of_the_next() {
    let mut bytes = b"__CURSOR=s=1;i=0\n__REALTIME_TIMESTAMP=1741097100000000\nPRIORITY=3\nSYSLOG_IDENTIFIER=other\n\n".to_vec();
    bytes.extend(b"__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1741097101000000\nMESSAGE=served\n\n");
    let analysis = analyze(&bytes, Options::default());
    assert_eq!(shown(&analysis), [("served".to_owned(), 1, None, None)]);
}

#[test]
fn a_piece_of_a_long_message_is_no_field() {
    let long = format!("MESSAGE=cannot sync {}", "REFUSED ".repeat(6_000));
    let text = format!(
        "__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1741097101000000\nPRIORITY=3\n{long}\n_PID=7\n\n\
        __CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1741097102000000\nMESSAGE=served\nPRIORITY=6\n\n"
    );
    let analysis = analyzed(&text);
    let found = shown(&analysis);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        (found[1].0.as_str(), found[1].2),
        ("served", Some(Level::Info))
    );
}

#[test]
fn events_of_windows_are_read_in_both_layouts() {
    let viewer = |at: u32, level: &str, text: &str| {
        format!(
            "Log Name:      System\r\nSource:        Service Control Manager\r\nDate:          3/4/2025 2:05:{at:02} PM\r\nEvent ID:      7031\r\nTask Category: None\r\nLevel:         {level}\r\nKeywords:      Classic\r\nUser:          N/A\r\nComputer:      HOST-1\r\nDescription:\r\n{text}\r\n\r\n"
        )
    };
    let exported = |at: u32, level: &str, text: &str| {
        format!(
            "Event[{at}]:\r\n  Log Name: System\r\n  Source: Service Control Manager\r\n  Date: 2025-03-04T14:05:{at:02}.000\r\n  Event ID: 7031\r\n  Task: N/A\r\n  Level: {level}\r\n  Computer: HOST-1\r\n  Description: \r\n{text}\r\n\r\n"
        )
    };
    let forms: [Form<'_>; 2] = [&viewer, &exported];
    for form in forms {
        let mut text = String::new();
        for at in 0..4 {
            text += &form(
                at,
                "Information",
                &format!("The spooler entered state {at}."),
            );
        }
        text += &form(
            9,
            "Error",
            "The spooler terminated unexpectedly.\r\nIt has done this 3 time(s).",
        );
        let analysis = analyzed(&text);
        let manager = Some("Service Control Manager");
        assert_eq!(
            shown(&analysis),
            [
                (
                    "The spooler entered state <*>.".to_owned(),
                    4,
                    Some(Level::Info),
                    manager
                ),
                (
                    "The spooler terminated unexpectedly.".to_owned(),
                    1,
                    Some(Level::Error),
                    manager
                ),
            ]
        );
        let last = analysis.coverage.last_time.unwrap().to_rfc3339();
        assert_eq!(last, "2025-03-04T14:05:09+00:00");
    }
}
