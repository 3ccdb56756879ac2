"""What people who wish harm type; each would leave a trace that ``TRACES`` or the page shows.

``xss`` stands in each as a mark: an element so called, an attribute that runs, a request.
"""

from __future__ import annotations

PAYLOADS = (
    "<script>alert('xss')</script>",
    "<ScRiPt src=https://outside.example/xss.js></ScRiPt>",
    "<img src=x onerror=alert('xss')>",
    "<img src=https://outside.example/xss.png id=xss>",
    "<svg/onload=alert('xss')>",
    "<svg><script>alert('xss')</script></svg>",
    "<svg><animate onbegin=alert('xss') attributeName=x dur=1s>",
    "<svg><use href='data:image/svg+xml,<svg id=xss onload=alert(1)>#xss'/></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert('xss')>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1) id=xss>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert('xss')>",
    "<body onload=alert('xss')>",
    "<iframe src=javascript:alert('xss')></iframe>",
    "<iframe srcdoc='<script>parent.alert(1)</script>' id=xss></iframe>",
    "<object data=javascript:alert('xss')></object>",
    "<embed src=//outside.example/xss.swf>",
    "<base href=https://outside.example/>",
    "<link rel=stylesheet href=https://outside.example/xss.css>",
    "<meta http-equiv=refresh content='0;url=https://outside.example/xss'>",
    "<style>@import 'https://outside.example/xss.css';</style>",
    "<div style='background:url(https://outside.example/xss)' class=xss>x</div>",
    "<a href=javascript:alert('xss') id=xss>x</a>",
    "<a href='java\tscript:alert(1)' class=xss>x</a>",
    "<a href='&#106;avascript:alert(1)' class=xss>x</a>",
    "<details open ontoggle=alert('xss')><summary>x</summary></details>",
    "<input autofocus onfocus=alert('xss')>",
    "<video><source onerror=alert('xss')></video>",
    "<marquee onstart=alert('xss')>x</marquee>",
    "<template id=xss><script>alert(1)</script></template>",
    "<button form=record-form formaction=https://outside.example/xss class=xss>x</button>",
    "<form action=https://outside.example/xss id=xss><input name=a>",
    "<input type=hidden name=csrf_token value=xss class=xss>",
    "<b id=main class=xss>x</b>",
    "<b hx-get=/xss hx-trigger=load class=xss>x</b>",
    "<b data-hx-get=/xss data-hx-trigger=load>xss</b>",
    "<b hx-on:click=alert('xss') hx-on::load=alert(1)>xss</b>",
    "<b data-hx-on--load=alert('xss')>xss</b>",
    "<b hx-swap-oob=true id=xss>x</b>",
    "</div><div hx-delete=/xss hx-trigger='load' hx-target=body>",
    "\" onmouseover=alert('xss') x=\"",
    "' onfocus=alert('xss') autofocus x='",
    "\"><img src=x onerror=alert('xss')>",
    "'><svg onload=alert('xss')>",
    "`onerror=alert('xss')`",
    '" hx-get="/xss" hx-trigger="load',
    '" style="background:url(//outside.example/xss)',
    "</textarea><script>alert('xss')</script>",
    "</title><script>alert('xss')</script>",
    "</option></select><img src=x onerror=alert('xss')>",
    "--><script>alert('xss')</script>",
    "]]><script>alert('xss')</script>",
    "{{7*191}} ${7*191} #{7*191} <%= 7*191 %>",
    "{% print 7*191 %}{{ config }}{{ ''.__class__.__mro__ }}",
    "{0.__class__.__mro__} %(a)s %s",
    "javascript:alert('xss')",
    "data:text/html,<script>alert('xss')</script>",
    "＜script＞alert('xss')＜/script＞",
    "\u2028<script>alert('xss')</script>\u2029",
    "<scr\u200bipt>alert('xss')</scr\u200bipt>",
    "&lt;script&gt;alert('xss')&lt;/script&gt;&#60;img src=x onerror=alert(1)&#62;",
    "<<script>alert('xss');//<</script>",
    "<img src=x:x onerror\u000c=alert('xss')>",
)
COMPUTED = "1337"
"""What ``7*191`` comes to where a template reads a value."""

TRACES = ", ".join(
    (
        *("#xss", ".xss", "iframe", "object", "embed", "base", "style", "marquee", "math"),
        *("script:not([src])", "[style]", "[srcdoc]", "[formaction]", "[hx-on]", "[hx-vars]"),
        *(f"[on{event}]" for event in ("error", "load", "begin", "toggle", "focus", "start")),
        *("[onmouseover]", "[onclick]", "[hx-get='/xss']", "[data-hx-get]", "[data-hx-trigger]"),
        *("[hx-delete]", "[hx-swap-oob]", "[href^='javascript' i]", "[src^='data:text' i]"),
        *("[action^='http']", "[src*='outside.example']", "[href*='outside.example']"),
    )
)
