//! What commands print of a host, a certificate or a cluster that is not well, and of one that is.

use chrono::NaiveDate;
use faultmaven_analysis::{Analysis, DataClass, FindingKind, Options, analyze};

fn read(text: &str) -> Analysis {
    let options = Options {
        reference_date: NaiveDate::from_ymd_opt(2026, 10, 12),
        ..Options::default()
    };
    let analysis = analyze(text.as_bytes(), options);
    let class = analysis.classification.data_class;
    assert_eq!(class, DataClass::CommandOutput, "{text}");
    analysis
}

/// What a command prints, and what is said of it.
const OUTPUTS: &[(&str, &[&str])] = &[
    (
        "$ openssl x509 -noout -dates -in tls.crt\nnotBefore=Oct  1 00:00:00 2025 GMT\nnotAfter=Oct  1 00:00:00 2026 GMT\n",
        &["the certificate expired on 2026-10-01 00:00:00 UTC"],
    ),
    (
        "notBefore=Oct 13 00:00:00 2026 GMT\nnotAfter=Oct 15 00:00:00 2026 GMT\n",
        &[
            "the certificate is not valid before 2026-10-13 00:00:00 UTC",
            "the certificate expires on 2026-10-15 00:00:00 UTC",
        ],
    ),
    (
        "notBefore=Oct  1 00:00:00 2026 GMT\nnotAfter=Oct  1 00:00:00 2027 GMT\n",
        &[],
    ),
    (
        "procs -----------memory---------- ---swap-- -----io---- -system-- -------cpu-------\n r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n 1  0      0 812000  12000 900000    0    0     5     7   90  120  3  1 96  0  0\n 2 12 400000   9000    500  20000  900 4200  8000  4300  900 2200  5  9  1 85  0\n 2 11 400000   9000    500  20000  900 3200  8000  4300  900 2200  5  9 16 70  0\n",
        &[
            "the host has blocked processes: 12",
            "the host swaps memory out: 4200 KiB a second",
            "the host waits for disks: 85 %",
        ],
    ),
    (
        "$ iostat -x 1\nLinux 6.1 (db-1)\n\navg-cpu:  %user   %nice %system %iowait  %steal   %idle\n           1.00    0.00    1.00   44.00    0.00   54.00\n\nDevice            r/s     w/s   await  %util\nsda              1.00  900.00   88.00  99.60\nsdb              1.00    2.00    0.50   0.30\n",
        &["sda is busy: 99.60 %", "the host waits for disks: 44.00 %"],
    ),
    (
        "top - 09:30:00 up 9 days,  1 user,  load average: 0.10, 0.20, 0.30\nTasks: 90 total,   1 running\n%Cpu(s):  3.0 us,  1.0 sy,  0.0 ni, 96.0 id,  0.0 wa,  0.0 hi\nMiB Mem :   7950.0 total,   4000.0 free\n\n    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n     77 app       20   0   10.1g   5.0g  20000 S 398.7  64.1   9:00.00 java\n      1 root      20   0  100000   9000   5000 S   0.0   0.1   0:03.00 systemd\n",
        &[
            "java holds memory: 64.1 %",
            "java keeps processors busy: 398.7 %",
        ],
    ),
    (
        "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\nroot           1  0.0  0.1 100000  9000 ?        Ss   Oct11   0:03 /sbin/init\napp           70  0.0  0.1 100000  9000 ?        D    09:30   0:00 /usr/bin/rsync\napp           71  0.0  0.1 100000  9000 ?        D    09:30   0:00 /usr/bin/rsync\napp           72  0.0  0.1 100000  9000 ?        Ds   09:30   0:00 /usr/bin/tar\n",
        &["3 processes wait for a disk or a mount (state D)"],
    ),
    (
        "State      Recv-Q Send-Q Local Address:Port  Peer Address:Port\nLISTEN     129    128    0.0.0.0:8080        0.0.0.0:*\nLISTEN     0      128    0.0.0.0:22          0.0.0.0:*\nESTAB      0      0      10.0.0.1:22         10.0.0.9:50000\n",
        &["0.0.0.0:8080 has 129 of 128 connections waiting to be accepted"],
    ),
    (
        "● nginx.service - A web server\n     Loaded: loaded (/lib/systemd/system/nginx.service; enabled)\n     Active: failed (Result: exit-code) since Mon 2026-10-12 09:30:00 UTC; 3min ago\n   Main PID: 77 (code=exited, status=1/FAILURE)\n",
        &["systemd unit nginx.service is failed"],
    ),
    (
        "  UNIT          LOAD   ACTIVE SUB    DESCRIPTION\n● app.service   loaded failed failed The app\n\n1 loaded units listed.\n",
        &["systemd unit app.service is failed"],
    ),
    (
        "● app.service - The app\n     Loaded: loaded (/etc/systemd/system/app.service; enabled)\n     Active: activating (auto-restart) (Result: exit-code) since Mon 2026-10-12 09:30:00 UTC; 1s ago\n",
        &["systemd unit app.service has ended and is started again and again"],
    ),
    (
        "$ docker ps -a\nCONTAINER ID   IMAGE     COMMAND   CREATED       STATUS                      PORTS     NAMES\naaaaaaaaaaaa   shop      \"/app\"    2 hours ago   Exited (137) 3 minutes ago            shop-1\nbbbbbbbbbbbb   db        \"/db\"     2 hours ago   Up 2 hours (unhealthy)                db-1\ncccccccccccc   web       \"/web\"    2 hours ago   Up 2 hours                            web-1\n",
        &[
            "container db-1 is unhealthy",
            "container shop-1 exited with code 137 (killed: out of memory, or not stopped in time)",
        ],
    ),
    (
        "NAME     READY   STATUS    RESTARTS       AGE\ncart-1   0/1     Running   9 (40s ago)    3d\nshop-1   1/1     Running   0              3d\njob-1    0/1     Completed 0              3d\n",
        &[
            "pod cart-1 has 0 of 1 ready",
            "pod cart-1 restarted 9 times",
        ],
    ),
    (
        "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\ncart   1/3     3            1           9d\nshop   2/2     2            2           9d\n",
        &["deployment/cart has 1 of 3 replicas ready"],
    ),
    (
        "NAME   REFERENCE         TARGETS         MINPODS   MAXPODS   REPLICAS   AGE\ncart   Deployment/cart   cpu: 140%/80%   2         10        10         9d\nshop   Deployment/shop   cpu: 20%/80%    2         10        2          9d\n",
        &["horizontalpodautoscaler/cart is at its maximum of 10 replicas and wants more"],
    ),
    (
        "Name:             cart-1\nNamespace:        shop\nStatus:           Running\nContainers:\n  cart:\n    State:          Running\n      Started:      Mon, 12 Oct 2026 09:30:00 +0000\n    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code:    137\n    Ready:          True\n    Restart Count:  9\nEvents:           <none>\n",
        &[
            "container cart-1 exited with code 137 (killed: out of memory)",
            "pod cart-1 is OOMKilled",
            "pod cart-1 restarted 9 times",
        ],
    ),
    (
        "Filesystem      Size  Used Avail Use% Mounted on\n/dev/sda1        10G  9.7G  0.3G  98% /var\ntmpfs           1.0G   20M  980M   2% /run\n",
        &["/var has 98% of its space in use"],
    ),
    (
        "               total        used        free      shared  buff/cache   available\nMem:        16000000    15600000      100000        1000      300000      200000\nSwap:        2000000     1990000       10000\n",
        &["Mem: 99% in use", "Swap: 100% in use"],
    ),
    ("$ du -sh /var/log /srv\n12G\t/var/log\n4.0K\t/srv\n", &[]),
];

#[test]
fn what_is_not_well_is_told_and_what_is_well_is_not() {
    for (text, expected) in OUTPUTS {
        let analysis = read(text);
        let found = analysis.findings.iter();
        let found = found.filter(|it| it.signature_id.is_none());
        let mut found: Vec<&str> = found.map(|it| it.statement.as_str()).collect();
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn many_sockets_that_wait_to_be_closed_are_told_once() {
    let row = "tcp        1      0 10.0.0.1:8080      10.0.0.9:5432     CLOSE_WAIT\n";
    let heading = "Active Internet connections (w/o servers)\nProto Recv-Q Send-Q Local Address      Foreign Address   State\n";
    let many = read(&format!("{heading}{}", row.repeat(40)));
    assert_eq!(many.findings.len(), 1);
    assert_eq!(
        many.findings[0].statement,
        "40 sockets are in CLOSE_WAIT: the peer has closed, the program here has not"
    );
    assert_eq!(many.findings[0].kind, FindingKind::ResourcePressure);
    assert!(
        read(&format!("{heading}{}", row.repeat(4)))
            .findings
            .is_empty()
    );
}
