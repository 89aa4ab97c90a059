use super::*;

#[test]
fn what_words_alone_ruled_out_comes_back_with_data_that_show_it() {
    use faultmaven_proto::evidence::v1::{FileCitation, UploadedFile};
    let ruled_out = |basis: LinkBasis| Hypothesis {
        status: HypothesisStatus::Refuted.into(),
        links: vec![case_pb::Link {
            stance: Stance::Refutes.into(),
            basis: basis.into(),
            ..Default::default()
        }],
        ..Default::default()
    };
    let candidate = Candidate {
        indications: vec![Indication {
            strength: IndicationStrength::Direct.into(),
            citation: Some(FileCitation {
                file_id: "file_1".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }],
        ..Default::default()
    };
    let mut situation = Situation::default();
    let word = ruled_out(LinkBasis::UserRuleOut);
    assert!(!is_seen_after_all(&situation, &word, &candidate));
    situation.new_files.push(UploadedFile {
        file_id: "file_1".to_owned(),
        ..Default::default()
    });
    assert!(is_seen_after_all(&situation, &word, &candidate));
    let shown = ruled_out(LinkBasis::CounterIndicatorDirect);
    assert!(!is_seen_after_all(&situation, &shown, &candidate));
}

#[test]
fn categories_of_the_catalogue_are_known() {
    assert_eq!(category("config"), HypothesisCategory::Config);
    assert_eq!(category("unspecified"), HypothesisCategory::Other);
    assert_eq!(category("gremlins"), HypothesisCategory::Other);
}
