use super::*;
fn between<'a>(s: &'a str, a: &str, b: &str) -> &'a str {
    let i = match s.find(a) {
        Some(i) => i + a.len(),
        None => return "",
    };
    let j = s[i..].find(b).map_or(s.len(), |j| i + j);
    &s[i..j]
}
#[tokio::test]
async fn cranfield() {
    let world = World::start().await;
    let ctx = user("user_1");
    let dir = "/work/shared/data/cranfield/";
    let docs = std::fs::read_to_string(format!("{dir}cran.all.1400.xml")).unwrap();
    let t = std::time::Instant::now();
    for d in docs.split("<doc>").skip(1) {
        let no = between(d, "<docno>", "</docno>").trim();
        let title = between(d, "<title>", "</title>").trim();
        let text = between(d, "<text>", "</text>").trim();
        if text.is_empty() {
            continue;
        }
        let title: String = format!("{no} {title}").chars().take(500).collect();
        let _ = world.create(&ctx, document(&title, text)).await.unwrap();
    }
    println!("indexed in {:?}", t.elapsed());
    let mut rel: std::collections::HashMap<(usize, String), f64> = Default::default();
    for l in std::fs::read_to_string(format!("{dir}cranqrel.trec.txt"))
        .unwrap()
        .lines()
    {
        let f: Vec<&str> = l.split_whitespace().collect();
        if f.len() < 4 {
            continue;
        }
        let r: f64 = f[3].parse().unwrap();
        if r > 0.0 {
            rel.insert((f[0].parse().unwrap(), f[2].to_owned()), r);
        }
    }
    let q = std::fs::read_to_string(format!("{dir}cran.qry.xml")).unwrap();
    let (mut sum, mut n, mut worst, mut total) = (0.0, 0, Duration::ZERO, Duration::ZERO);
    for (i, t) in q.split("<top>").skip(1).enumerate() {
        let title = between(t, "<title>", "</title>").trim();
        let started = std::time::Instant::now();
        let found = world
            .search(
                &ctx,
                pb::SearchDocumentsRequest {
                    max_results: 50,
                    ..words(title)
                },
            )
            .await
            .unwrap();
        let e = started.elapsed();
        worst = worst.max(e);
        total += e;
        let mut ids: Vec<String> = vec![];
        for f in found {
            let id = f.title.split(' ').next().unwrap().to_owned();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let dcg: f64 = ids
            .iter()
            .take(10)
            .enumerate()
            .map(|(k, id)| {
                rel.get(&(i + 1, id.clone())).copied().unwrap_or(0.0) / ((k + 2) as f64).log2()
            })
            .sum();
        let mut ideal: Vec<f64> = rel
            .iter()
            .filter(|((q, _), _)| *q == i + 1)
            .map(|(_, r)| *r)
            .collect();
        ideal.sort_by(|a, b| b.total_cmp(a));
        let idcg: f64 = ideal
            .iter()
            .take(10)
            .enumerate()
            .map(|(k, r)| r / ((k + 2) as f64).log2())
            .sum();
        if idcg > 0.0 {
            sum += dcg / idcg;
            n += 1;
        }
    }
    println!(
        "ndcg@10 {} over {n}, mean {:?} worst {:?}",
        sum / n as f64,
        total / n,
        worst
    );
}
#[tokio::test]
async fn large() {
    let world = World::start().await;
    let ctx = user("user_1");
    let docs = std::fs::read_to_string("/work/shared/data/cranfield/cran.all.1400.xml").unwrap();
    let texts: Vec<&str> = docs
        .split("<doc>")
        .skip(1)
        .map(|d| between(d, "<text>", "</text>").trim())
        .filter(|t| !t.is_empty())
        .collect();
    let per: usize = std::env::var("PER").map_or(10, |p| p.parse().unwrap());
    for d in 0..(10_000 / per) {
        let mut c = String::new();
        for k in 0..per {
            let i = d * per + k;
            c.push_str(&format!(
                "## Part {k} x{i}\n\n{}\n\n",
                texts[(i * 7 + i / 1400) % texts.len()]
                    .chars()
                    .take(1100)
                    .collect::<String>()
            ));
        }
        world.store(&ctx, &format!("doc {d}"), &c).await;
    }
    for q in [
        "boundary layer",
        "flow",
        "x777",
        "what similarity laws must be obeyed when constructing aeroelastic models of heated high speed aircraft",
        &texts[5][..900],
    ] {
        for _ in 0..3 {
            let t = std::time::Instant::now();
            let f = world.search(&ctx, words(q)).await.unwrap();
            println!("{:?} {} {}", t.elapsed(), f.len(), &q[..q.len().min(40)]);
        }
    }
    let size = std::fs::metadata(
        std::fs::read_dir(world._dir.path())
            .unwrap()
            .filter_map(Result::ok)
            .map(|e| e.path())
            .max_by_key(|p| std::fs::metadata(p).unwrap().len())
            .unwrap(),
    )
    .unwrap()
    .len();
    println!("db {} MB", size >> 20);
}
