//! Questions whether something that is over left anything behind, or needs to be acted on.

use std::sync::LazyLock;

use regex::Regex;

use super::{Sentence, has, insensitive, sentences};

/// What is asked about harm that was done and about work that is left.
static CONCERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = [
        r"\bis (it|this|that|such a thing) (normal|expected|harmless|by design|a problem)\b",
        r"\b(should|must|need|do|does|have) (i|we|somebody|anyone)( have| need)?( to)? (worry|restart|redo|repeat|re-?run|repair|rebuild|reindex|re-?sync|act|react|escalate|intervene|care|do (it|this|anything|something))\b",
        r"\b(did|do|have|has|had|are|will|is|was|were)\b[^?]{0,50}\b(los(e|t|ing)|hurt|harm(ed)?|damaged?|miss(ed|ing)?|stale|regress\w*|expired?|corrupt\w*|left over|affected|impact(ed)?|be down)\b",
        r"\b(can|could|may) (i|we)\b[^?]{0,30}\b(go to bed|sleep|relax|go home|leave (it|that)|ignore|close|continue|proceed|sign off|go on|go ahead)\b",
        r"\b(holding|held|keep(ing)?|kept) up\b|\bcop(e|ed|es|ing)\b",
        r"\b(pass(ed)?|successful|complete|clean)$",
        r"\bany (sign|trace|leftover|fallout|damage|harm|loss|impact|regression|aftermath)s?\b",
        r"\b(anything|something)\b[^?]{0,20}\b(left|behind|broken|stuck|missing)\b",
        r"\banything (that )?(i|we) (must|should|need to|have to|ought to)\b",
        r"\bjust (do|did|doing|does) (its|their) job\b",
    ];
    insensitive(&forms.join("|"))
});
/// Requests to look something over that is done.
static REVIEW: LazyLock<Option<Regex>> = LazyLock::new(|| {
    insensitive(
        r"^(please |pls |can you |could you |kindly )*(check|verify|review|validate|look over|go over|double.?check|confirm)\b[^?.]{0,60}\b(backups?|restores?|migrations?|upgrades?|updates?|patch(es|ing)?|failover|switchover|drill|exercise|rollout|release|deploy(ment)?|maintenance|cut-?over|reboots?|renewals?|night)\b",
    )
});
/// Words of those for whom something goes wrong now, or who ask for its cause.
static TROUBLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = [
        r"\b(why|what|which|who|reason|root cause|causes?|caused|related|keeps?)\b",
        r"\b(fails|failing|hangs|hanging|crashes|crashing|crash ?loop\w*|times? out|timing out|dies|stands|returns|answers|throws)\b",
        r"\b(is|are|stays?|goes) (still |all |now )?(down|dead|slow|broken|stuck|gone|unreachable|unavailable|empty|wrong)\b",
        r"\b(all|most|many|some|half|every\w*)\b[^?.]{0,30}\b(fail|hang|crash)\b",
        r"\b(cannot|can.?t|won.?t|doesn.?t|does not (work|come|get|start|load|see|reach|answer|respond|open|save|send|show|scale|connect)|do ?n.?t (work|come|get|start|load|see|reach)|isn.?t|aren.?t|not working|no longer|any ?more|nobody|no one)\b",
        r"\b(missing|late|stuck|wrong|failed|errors|no)\b[^.?!]{0,60}\bsince\b",
        r"\b(doubled|tripled|quadrupled|timed out|(dropped|fell|went) to (zero|0))\b",
        r"\bgot (only |many |lots of )?[45]\d\d\b",
        r"\b(gets?|getting) (slower|worse)\b",
        r"\b(gets?|getting|shows?|returns?|sees?|has) (an? |only |many |lots of )?(\w+ )?(errors?|timeouts?|[45]\d\d)\b",
        r"\b(users?|customers?|clients?|people|members|passengers|drivers|agents|partners?)\b[^?.!]{0,30}\b(get|see|report|lose|miss)\b",
    ];
    insensitive(&forms.join("|"))
});

/// Beginnings of questions that decide what to do, or judge what is seen.
static DECISION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = [
        r"^(so |then |and |now |but )?(do|should|must|need|can|could|may|shall|have) (i|we)\b",
        r"^(so |then |and )?(is (it|that|this|he|she) )?(safe|ok|okay|fine|good|ready|clear)\b",
        r"^(so |then |and |or )?(is|are|was|were|did|does|do|has|have|will|would) ",
        r"\bor (is|are|was|do|should|must|roll|can|leave|just|not|ignore|what|failed|broken|clean)\b",
    ];
    insensitive(&forms.join("|"))
});

/// The end of a question that leaves the choice open.
static OR_WHAT: LazyLock<Option<Regex>> = LazyLock::new(|| insensitive(r" or what\s*([?.!]|$)"));

/// Verdicts that are asked for without a verb: "damage?", "leave it on?"
static VERDICT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    insensitive(
        r"^(so |then |and )?(any )?(damage|harm|loss|ok|okay|fine|normal|harmless|safe|clean|passed|done|sign[ -]?off|leave (it|that|this|them)|keep (it|that|this|them|going)|worr(y|ies)|(customers|users|people|anyone|anybody) (affected|impacted|hurt)|serious|bad|expected|by design|healthy|good|go|continue|proceed|close)\b",
    )
});

/// Questions whether something guessed is the cause.
static GUESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = [
        r"\bwas it\b",
        r"\b(is|are|was|were) [^?]{1,40} (it|the (problem|issue|culprit|fault)|to blame)$",
        r"\b(do(es)?|did) (that|this|it)$",
        r"\bis (it|that) ([a-z]+|(the|a|an|our|my) .*)$",
        r"\b(did|does|has) [^?]*\b(break|broke|cause|kill|do|did) (it|that|this|them)$",
        r"^(is|are|was|were) [\w-]+ (full|down|slow|dead|overloaded|gone|broken)$",
        r"\b(since|related|causes?|caused|reason|same thing|bug|why|leak|maybe|guess|guilty|true)\b",
        r"\b(too|again|not enough|out of) ?(small|much|many|slow|low|few|[a-z]+)?$",
    ];
    insensitive(&forms.join("|"))
});

static FAILED: LazyLock<Option<Regex>> =
    LazyLock::new(|| insensitive(r"\b(fail(s|ed|ing)?|broken?|errors?|stopped|hangs?)\b"));

static BROKEN: LazyLock<Option<Regex>> = LazyLock::new(|| insensitive(r"\b(broken|dead)\b"));

/// Returns whether nothing but that is asked.
pub(super) fn is_asked_about(text: &str) -> bool {
    // That leaves the choice open and asks for nothing.
    let text = match OR_WHAT.as_ref() {
        Some(form) => form.replace_all(text, " or not$1"),
        None => text.into(),
    };
    let told = sentences(&text);
    let is_alone = told.len() == 1;
    let asks = |it: &Sentence<'_>| {
        let is_question = it.is_question() || it.opens_yes_no();
        is_question && (has(&CONCERN, it.text) || decides(it, is_alone))
            || has(&REVIEW, it.text) && !has(&FAILED, it.text)
    };
    let complains =
        |it: &Sentence<'_>| has(&TROUBLE, it.text) || !it.is_question() && has(&BROKEN, it.text);
    told.iter().any(asks) && !told.iter().any(complains)
}

/// Returns whether a question asks to judge or decide what stands before it, and not for a cause.
fn decides(question: &Sentence<'_>, is_alone: bool) -> bool {
    let text = question.text;
    let before = text.rsplit_once([',', ':', ';', '-']);
    let clause = before.map_or(text, |(_, clause)| clause);
    let judges = question.is_yes_no_question() || has(&DECISION, clause.trim());
    (judges || has(&VERDICT, clause.trim()))
        && (!is_alone || before.is_some())
        && !has(&GUESS, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_asked_about_without_a_complaint() {
        for text in [
            "we did the patroni switchover at 10. there's FATAL lines and a missing slot. drill passed?",
            "the canary halted once and the p99 alert came. it got promoted anyway... do we have a regression in prod now?",
            "pool alert at 8:12, lots of 499s, traffic x4. Are we holding up?",
            "drained and rebooted the workers, I saw NotReady. can I go to bed?",
            "is it normal that pg runs vacuum to prevent wraparound in the night? disk reads went 5x",
            "the index took 30 min and waited on a lock. Any sign I hurt users?",
            "'Failed to validate connection' in the log - should I restart the service or is that it?",
            "we had 6 nodes, now only 3, events say NotReady. did we lose an AZ?? users don't complain",
            "two alerts went off and HPA hit max. anything left broken behind?",
            "lag went up while I loaded. Did it do any damage, must I redo it?",
            "cert-manager threw errors while renewing. will we be down with an expired cert?",
            "v2 is at 100% since 11. graph had a nasty bump at 10, do I leave the flag on?",
            "canary at 10%, p99 jumped to 2s at first. safe to go on to 50%?",
            "hundreds of warnings while the import ran. is it normal that pg does that, or is the disk dying?",
            "the vacuum to prevent wraparound ran for hours tonight. are we close to a shutdown?",
            "solver without endpoints... is the new cert in use?",
            "loaded 80M rows on saturday, replica 2 GB behind. Damage?",
            "three got paged and the manager has restarts with exit 1. sign off?",
            "went to bed with 7 nodes, woke up with 4, some NotReady. aws ticket or what?",
            "we did the switch as an exercise. FATALs en masse - passed or failed?",
            "the canary has 50 probe events. Should I believe it or roll back?",
            "we practised the failover, pg1 is full of FATAL and says the slot does not exist. Did it really rejoin?",
            "the cert was renewed tonight. I see handshake failed lines in nginx, customers affected?",
            "theres an Error pod and rater was killed 8 times?! do we have to rerun",
            "please check last night's backup of the hr db, auditor comes at 10",
            "patch night is over, app-07 got the new kernel. Anything I must look after before the users come in?",
        ] {
            assert!(is_asked_about(text), "{text}");
        }
    }

    #[test]
    fn complaints_and_questions_for_a_cause_are_others() {
        for text in [
            "is it normal that all requests fail?",
            "checkout hangs. did we lose a node?",
            "orders are missing since 9. did we lose events?",
            "payments were down 3:10 to 3:40. was it the database? what was the cause?",
            "orders keep failing at peak. should I scale the deployment to 5?",
            "did we deploy yesterday?",
            "app users got 503 for half an hour, website fine. was it the release or the db?",
            "checkout latency doubled at 10. is it the database?",
            "checkout latency tripled at 10:05. did the deploy break it?",
            "checkout got 502 from 9 to 10. is redis full?",
            "orders dropped to zero at 9:10. is kafka down?",
            "payments timed out at 9. is it the new network policy?",
            "pods restarted five times at 9. is it memory or what is going on?",
            "booking lost 6 of 8 pods at half past one. OOM?",
            "sporadic 502 on saving, retry always works. slow queries on the db?",
            "we only get 8 of 10 pods. cluster full?",
            "pages take 5 seconds. memory is at 90%, is that it?",
            "some people can't log in. any sign of an attack?",
            "users get 401 on every call. is the token expired?",
            "login broken. is the cert expired?",
            "customers see old prices. is the cache stale?",
            "api gets timeouts, should I restart it?",
            "checkout shows an error page. are db nodes missing?",
            "check the release, users get 500 since then",
            "please check the backup, it failed",
        ] {
            assert!(!is_asked_about(text), "{text}");
        }
    }
}
