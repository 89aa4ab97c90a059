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
