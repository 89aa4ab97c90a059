//! Whether a command only looks: known by its words, never by what is said about it.

/// Commands that change nothing, whatever stands behind them.
const LOOKING: [&str; 41] = [
    "cat",
    "cut",
    "df",
    "dig",
    "dmesg",
    "du",
    "egrep",
    "free",
    "getent",
    "grep",
    "head",
    "host",
    "id",
    "iostat",
    "jq",
    "last",
    "ls",
    "lsblk",
    "lsof",
    "mpstat",
    "netstat",
    "nproc",
    "nslookup",
    "pgrep",
    "ping",
    "ps",
    "pstree",
    "readlink",
    "sort",
    "ss",
    "stat",
    "tail",
    "tr",
    "traceroute",
    "uname",
    "uptime",
    "vmstat",
    "wc",
    "who",
    "zcat",
    "zgrep",
];
/// Commands that look when their first plain word is one of these.
const LOOKING_WITH: [(&str, &[&str]); 13] = [
    (
        "kubectl",
        &[
            "get", "describe", "logs", "top", "events", "explain", "version",
        ],
    ),
    ("oc", &["get", "describe", "logs", "status"]),
    ("helm", &["list", "ls", "status", "history", "get"]),
    (
        "docker",
        &[
            "ps", "logs", "inspect", "stats", "images", "info", "version",
        ],
    ),
    (
        "podman",
        &["ps", "logs", "inspect", "stats", "images", "info"],
    ),
    (
        "systemctl",
        &[
            "status",
            "show",
            "cat",
            "list-units",
            "is-active",
            "is-failed",
        ],
    ),
    ("git", &["log", "diff", "show", "status", "blame"]),
    ("ip", &["addr", "a", "route", "r", "link", "neigh"]),
    ("timedatectl", &["status", "show"]),
    ("resolvectl", &["status", "query", "statistics"]),
    ("nginx", &["-t", "-T", "-v", "-V"]),
    ("pg_isready", &[]),
    ("journalctl", &[]),
];
/// What makes a command that looks do something else: options, or plain words.
const CHANGING: [(&str, &[&str]); 7] = [
    (
        "dmesg",
        &[
            "-c",
            "-C",
            "-D",
            "-E",
            "-n",
            "--clear",
            "--read-clear",
            "--console-off",
            "--console-on",
            "--console-level",
        ],
    ),
    ("git", &["-o", "--output", "--ext-diff"]),
    (
        "journalctl",
        &[
            "--vacuum-size",
            "--vacuum-time",
            "--vacuum-files",
            "--rotate",
            "--flush",
            "--sync",
        ],
    ),
    ("sort", &["-o", "--output", "-T", "--compress-program"]),
    ("ss", &["-K", "--kill"]),
    ("tail", &["--pid"]),
    ("resolvectl", &["flush-caches", "reset-statistics"]),
];
/// Options of `curl` that neither send nor write anything: letters, and words.
const CURL_LETTERS: &str = "sSfkLiIvG46m";
const CURL_WORDS: [&str; 14] = [
    "--silent",
    "--show-error",
    "--fail",
    "--insecure",
    "--location",
    "--include",
    "--head",
    "--verbose",
    "--get",
    "--max-time",
    "--connect-timeout",
    "--resolve",
    "--cacert",
    "--noproxy",
];
/// What `ip` may be told to do with what it looks at.
const IP_LOOKS: [&str; 5] = ["show", "list", "ls", "get", "dev"];
/// Options that may stand before a verb: alone, and with a value.
const BEFORE_VERB: [&str; 7] = [
    "-A",
    "--all-namespaces",
    "--no-pager",
    "--user",
    "-br",
    "-4",
    "-6",
];
const BEFORE_VERB_WITH_VALUE: [&str; 4] = ["-n", "--namespace", "--context", "-C"];
/// Reads from the pipe alone; its second file would be written.
const FILTER: &str = "uniq";
/// Marks that begin another command, or write somewhere.
const SHELL: [char; 8] = [';', '&', '>', '<', '`', '$', '\n', '\\'];

/// Returns whether a command line only looks, as far as its words tell.
pub(crate) fn is_read_only(line: &str) -> bool {
    let line = line.trim().replace("2>/dev/null", "").replace("2>&1", "");
    if line.is_empty() || unquoted(&line).contains(SHELL) {
        return false;
    }
    let parts = unquoted(&line);
    parts.split('|').all(looks)
}

fn looks(command: &str) -> bool {
    let mut words: Vec<&str> = command.split_whitespace().collect();
    if words.first() == Some(&"sudo") {
        words.remove(0);
    }
    let Some((name, rest)) = words.split_first() else {
        return false;
    };
    let changing = CHANGING.iter().find(|(of, _)| of == name);
    let changing = changing.map_or(&[][..], |(_, options)| *options);
    if rest
        .iter()
        .any(|word| changing.iter().any(|it| is_like(word, it)))
    {
        return false;
    }
    match *name {
        FILTER => return rest.iter().all(|word| word.starts_with('-')),
        "curl" => return rest.iter().all(|word| only_fetches(word)),
        "ip" => return ip_looks(rest),
        _ => {}
    }
    if LOOKING.contains(name) {
        return true;
    }
    let known = LOOKING_WITH.iter().find(|(of, _)| of == name);
    known.is_some_and(|(_, verbs)| verbs.is_empty() || first_verb(rest, verbs))
}

/// Letters of options stand together with others and their values, words with a value behind `=`.
fn is_like(word: &str, option: &str) -> bool {
    match option.strip_prefix('-').filter(|it| it.len() == 1) {
        Some(letter) => {
            let letters = word.strip_prefix('-').filter(|it| !it.starts_with('-'));
            letters.is_some_and(|it| it.contains(letter))
        }
        None => {
            // Long options may be cut short.
            let told = word.split('=').next().unwrap_or(word);
            let is_long = option.starts_with("--") && told.len() > 2;
            told == option || (is_long && option.starts_with(told))
        }
    }
}

/// Returns whether a word of `curl` is an address, a value, or an option that only fetches.
fn only_fetches(word: &str) -> bool {
    let told = word.split('=').next().unwrap_or(word);
    match word.strip_prefix('-') {
        None => true,
        Some(rest) if rest.starts_with('-') => CURL_WORDS.contains(&told),
        Some(letters) => letters.chars().all(|it| CURL_LETTERS.contains(it)),
    }
}

fn ip_looks(rest: &[&str]) -> bool {
    let mut plain = rest.iter().filter(|word| !word.starts_with('-'));
    let mut flags = rest.iter().filter(|word| word.starts_with('-'));
    let known = ["-s", "-4", "-6", "-br", "-brief", "-d", "-j", "-p", "-o"];
    let is_known = flags.all(|flag| known.contains(flag));
    let verbs = LOOKING_WITH.iter().find(|(of, _)| *of == "ip");
    let looks_at = |word: &&str| verbs.is_some_and(|(_, verbs)| verbs.contains(word));
    is_known
        && plain.next().is_some_and(looks_at)
        && plain.next().is_none_or(|it| IP_LOOKS.contains(it))
}

/// Options whose values are known may stand before the verb of a command.
fn first_verb(rest: &[&str], verbs: &[&str]) -> bool {
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        let told = word.split('=').next().unwrap_or(word);
        if verbs.contains(word) {
            return true;
        } else if BEFORE_VERB_WITH_VALUE.contains(&told) {
            if !word.contains('=') {
                words.next();
            }
        } else if !BEFORE_VERB.contains(word) {
            return false;
        }
    }
    false
}

/// Returns the line without what stands in quotes; what double quotes hold may still be evaluated.
fn unquoted(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut quote = None;
    for letter in line.chars() {
        match quote {
            None if matches!(letter, '\'' | '"') => {
                quote = Some(letter);
                plain.push('q');
            }
            None => plain.push(letter),
            Some(open) if open == letter => quote = None,
            Some('"') if matches!(letter, '$' | '`') => plain.push(letter),
            Some(_) => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_is_told_from_what_changes() {
        for line in [
            "kubectl -n shop get pods -o wide",
            "kubectl logs deploy/api --tail=200 | grep -i 'error; fatal'",
            "journalctl -u api --since '1 hour ago' 2>&1 | tail -n 50",
            "curl -s localhost:8081/metrics | grep hikaricp",
            "sudo ss -ltnp",
            "curl -sS --max-time 5 localhost/health",
            "ip -br addr",
            "ip route get 10.0.0.1",
            "ip a",
            "git -C /srv/app log --oneline",
            "nginx -T",
            "docker ps -a",
            "df -h /var",
            "systemctl status nginx",
            "ps aux --sort=-rss | head",
            "sort x | uniq -c | sort -rn",
        ] {
            assert!(is_read_only(line), "{line}");
        }
        for line in [
            "",
            "rm -rf /",
            "kubectl delete pod api",
            "kubectl -n get delete pod api",
            "kubectl get pods; reboot",
            "kubectl get pods && reboot",
            "cat /etc/passwd > /etc/shadow",
            "cat $(reboot)",
            "grep \"$(reboot)\" x",
            "grep x y | xargs rm",
            "curl -X POST localhost/stop",
            "curl -XDELETE localhost/index",
            "curl --data=x localhost",
            "curl -o /etc/passwd localhost",
            "sort -o /etc/passwd x",
            "systemctl restart nginx",
            "journalctl --vacuum-size=1M",
            "curl -sXDELETE localhost/index",
            "ip addr del 10.0.0.1 dev eth0",
            "uniq a b",
            "df\nreboot",
            "redis-cli flushall",
            "dmesg -Tc",
            "dmesg --read-clear",
            "git -c diff.external=reboot diff",
            "git log --outp=/etc/x",
            "kubectl --force delete events --all",
            "kubectl -s get delete pod api",
            "docker -D rm api",
            "ip link s eth0 down",
            "ip route d default",
            "curl --data-ascii x localhost",
            "curl -D /etc/x localhost",
            "curl --cookie-jar /etc/x localhost",
            "sort --outp=/etc/x y",
            "sudo",
        ] {
            assert!(!is_read_only(line), "{line}");
        }
    }
}
