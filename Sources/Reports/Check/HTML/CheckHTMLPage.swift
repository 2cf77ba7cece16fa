// The fixed parts of the HTML page: its metadata, its looks, and the script that filters.
//
// Literals only. The policy in the metadata forbids the page to load anything from anywhere, and to run any script but
// this one, which it names by its hash: a test says what it must be where the script changes.

enum CheckHTMLPage {
  static let metadata: StaticString = """

    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'sha256-mQwxGXVRJGBBzPYBMMPWi88f9ahcyGMVK67O1couhcE='; base-uri 'none'; form-action 'none'">

    """

  static let style: StaticString = """

    <style>
    :root {
      --ground: #fff; --raised: #f6f7f9; --text: #1c2128; --quiet: #59636e; --line: #d5dae0; --mark: #fff3bf;
      --pass: #1a7f37; --fail: #c4202b; --warn: #8a5a00; --info: #0860c4; --skip: #636c76; --inconclusive: #7a3fd0;
      --error: #a3103d;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #10141a; --raised: #191f27; --text: #e3e8ee; --quiet: #98a3af; --line: #323b46; --mark: #463a10;
        --pass: #4cc267; --fail: #ff7b74; --warn: #e0a530; --info: #6cb2ff; --skip: #98a3af; --inconclusive: #bd93ff;
        --error: #ff7ba3;
      }
    }
    .pass { --ink: var(--pass) } .fail { --ink: var(--fail) } .warn { --ink: var(--warn) }
    .info { --ink: var(--info) } .skip { --ink: var(--skip) } .inconclusive { --ink: var(--inconclusive) }
    .error { --ink: var(--error) }
    * { box-sizing: border-box }
    html { background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
    body { max-width: 78rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem }
    code, .wire, .offset { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .86em }
    code { overflow-wrap: anywhere }
    a { color: var(--info) }
    h1 { font-size: 1.35rem; line-height: 1.3; margin: 0 }
    h1 code { font-size: .92em }
    h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; display: flex; flex-wrap: wrap; gap: 0 .75rem; align-items: baseline }
    h2 small { color: var(--quiet); font-weight: normal }
    h3 { font-size: .8rem; letter-spacing: .03em; color: var(--quiet); margin: 1rem 0 .35rem }
    .half > h3:first-child { margin-top: 0 }
    .when { color: var(--quiet); margin: .15rem 0 }
    .count { font-size: 1.05rem; font-weight: 600; margin: .75rem 0 .5rem }
    .notice { border-left: 3px solid var(--warn); padding: .15rem .75rem; margin: .75rem 0 }
    .bar { display: flex; gap: 2px; height: 10px; border-radius: 5px; overflow: hidden }
    .bar span { background: var(--ink); min-width: 4px; flex-basis: 0 }
    .facts { display: flex; flex-wrap: wrap; gap: .4rem 1.75rem; margin: 1rem 0 1.5rem }
    .facts dt { color: var(--quiet); font-size: .8rem }
    .facts dd { margin: 0; overflow-wrap: anywhere }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums }
    th, td { padding: .2rem .9rem .2rem 0; text-align: right; border-bottom: 1px solid var(--line) }
    th:first-child { text-align: left; font-weight: normal; overflow-wrap: anywhere }
    thead th { color: var(--ink, var(--quiet)); font-size: .8rem; font-weight: 600 }
    td { color: var(--ink, var(--quiet)) }
    .filters { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center;
      background: var(--ground); border-bottom: 1px solid var(--line); padding: .6rem 0; margin-top: 1.5rem }
    .filters[hidden], .case[hidden], .topic[hidden] { display: none }
    fieldset { border: 0; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: .25rem .9rem }
    legend { float: left; padding: 0; margin-right: .9rem }
    .filters label { white-space: nowrap } fieldset label { color: var(--ink) }
    input, select { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line);
      border-radius: 5px; padding: .15rem .4rem; max-width: 15rem }
    input[type=checkbox] { accent-color: var(--ink); vertical-align: -.1em }
    output { color: var(--quiet); margin-left: auto }
    section, .case { scroll-margin-top: 4rem }
    .case { border: 1px solid var(--line); border-radius: 6px; margin: .35rem 0; background: var(--ground) }
    .case[open] { margin: .75rem 0; padding-bottom: .9rem }
    .case > :not(summary) { margin-left: .9rem; margin-right: .9rem }
    summary { cursor: pointer; padding: .4rem .9rem; overflow-wrap: anywhere }
    summary:hover { background: var(--raised) }
    summary:focus-visible { outline: 2px solid var(--info); outline-offset: -2px; border-radius: 6px }
    .badge { display: inline-block; min-width: 3.4rem; text-align: center; font-size: .78rem; font-weight: 600;
      color: var(--ink); border: 1px solid var(--ink); border-radius: 4px; padding: 0 .4rem }
    .id { font-weight: 600 }
    .brief { color: var(--quiet) }
    .case[open] .brief { display: none }
    .title { margin-top: .3rem; margin-bottom: .8rem; font-size: 1.02rem }
    .halves { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1.5rem }
    .wire { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 5px; overflow: hidden }
    .wire li { display: grid; grid-template-columns: 1rem 3.8rem minmax(0, 1fr); gap: .5rem; padding: .16rem .6rem }
    .wire code { font-size: 1em }
    .wire .received { background: var(--raised) }
    .wire .marked { background: var(--mark); box-shadow: inset 3px 0 var(--fail) }
    .wire .omitted { display: block; color: var(--quiet) }
    .way { color: var(--quiet); font-weight: 700; text-align: center }
    .offset { color: var(--quiet); text-align: right }
    .wire .offset { font-size: 1em }
    .expected { margin: 0; padding-left: 1.2rem; overflow-wrap: anywhere }
    .expected ul { padding-left: 1.2rem }
    .difference { margin: 0 0 .4rem; padding-left: .7rem; border-left: 3px solid var(--ink); overflow-wrap: anywhere }
    .reasons { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .35rem 1rem; margin-top: 1.1rem;
      margin-bottom: 0 }
    .reasons dt { color: var(--quiet) }
    .reasons dd { margin: 0; max-width: 48rem }
    footer { color: var(--quiet); margin-top: 2.5rem; font-size: .85rem }
    @media (max-width: 46rem) {
      body { padding: 1rem .8rem 2rem }
      .halves { grid-template-columns: minmax(0, 1fr) }
      .reasons { grid-template-columns: minmax(0, 1fr); gap: .1rem }
      .reasons dd { margin-bottom: .6rem }
      .filters { position: static }
      .filters label { white-space: normal }
      .brief { display: block }
      .wire li { grid-template-columns: .8rem 2.8rem minmax(0, 1fr); padding: .16rem .4rem }
      th, td { padding-right: .55rem }
      table { font-size: .86rem }
      .case > :not(summary) { margin-left: .6rem; margin-right: .6rem }
      summary { padding: .4rem .6rem }
    }
    @media print {
      :root { --ground: #fff; --raised: #f3f4f6; --text: #000; --quiet: #444; --line: #bbb; --mark: #fff3bf;
        --pass: #1a7f37; --fail: #c4202b; --warn: #8a5a00; --info: #0860c4; --skip: #636c76; --inconclusive: #7a3fd0;
        --error: #a3103d }
      html { font-size: 11px }
      body { max-width: none; padding: 0 }
      .filters { display: none }
      .case[open] { break-inside: auto }
      summary, h2, h3 { break-after: avoid }
      .wire li, tr, dd { break-inside: avoid }
      .bar span, .wire .marked, .wire .received { print-color-adjust: exact }
      a { color: inherit; text-decoration: none }
    }
    </style>

    """

  static let script: StaticString = """

    <script>
    (() => {
      const form = document.querySelector(".filters");
      const cases = [...document.querySelectorAll(".case")];
      const topics = [...document.querySelectorAll(".topic")];
      const apply = () => {
        const verdicts = new Set([...form.querySelectorAll("[name=verdict]:checked")].map(box => box.value));
        const topic = form.elements.topic.value;
        const words = form.elements.words.value.toLowerCase().split(/\\s+/).filter(word => word);
        let shown = 0;
        for (const entry of cases) {
          const text = words.length ? entry.textContent.toLowerCase() : "";
          entry.hidden = !verdicts.has(entry.dataset.verdict) || (topic && entry.dataset.topic !== topic)
            || !words.every(word => text.includes(word));
          if (!entry.hidden) shown += 1;
        }
        for (const section of topics) section.hidden = !section.querySelector(".case:not([hidden])");
        form.querySelector("output").value = shown + " of " + cases.length + " cases";
      };
      form.addEventListener("input", apply);
      form.addEventListener("submit", event => event.preventDefault());
      form.hidden = false;
      apply();
      // Paper cannot be unfolded.
      let opened = [];
      addEventListener("beforeprint", () => {
        opened = cases.filter(entry => !entry.open && !["pass", "skip"].includes(entry.dataset.verdict));
        for (const entry of opened) entry.open = true;
      });
      addEventListener("afterprint", () => { for (const entry of opened) entry.open = false; });
      const aim = () => {
        const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
        if (target && target.matches(".case")) target.open = true;
      };
      addEventListener("hashchange", aim);
      aim();
    })();
    </script>

    """
}
