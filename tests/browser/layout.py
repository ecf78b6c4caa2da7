"""Finds controls and heads that are cut off, lie over each other or stand off the screen, with the longest names."""

from collections.abc import Iterator

from playwright.sync_api import Page, ViewportSize

# The widths that Partnerdesk promises: a small notebook, a phone, and the narrowest phone.
WIDTHS: tuple[ViewportSize, ...] = (
    {"width": 1280, "height": 900},
    {"width": 390, "height": 844},
    {"width": 360, "height": 740},
)
LONGEST_NAME = "公益社団法人日本中小企業デジタル活用推進機構北海道東北地域支援センター連絡協議会"

# Every name of a company on the page becomes the longest one.
LENGTHEN = """name => {
    const forms = /(株式|有限|合同|合資|合名)会社|法人|協会|組合/;
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        const isName = forms.test(text) && text.length < 30 && !/[、。:：0-9a-z]/.test(text);
        if (isName && !walker.currentNode.parentElement.closest("option")) walker.currentNode.textContent = name;
    }
}"""

# What is wrong, a line for each control. What is open over the page hides what lies under it, and what follows a
# person while scrolling lies over something at each moment: neither counts. Nor does what a text loses to an
# ellipsis, what stands in a row that scrolls, and what only readers of the screen are told.
FAULTS = """() => {
    const LEEWAY = 1.5;
    const name = (part) => {
        const label = part.getAttribute("aria-label") || part.innerText || part.name || part.id || "";
        return `${part.tagName.toLowerCase()}.${part.className} “${label.trim().slice(0, 40)}”`;
    };
    const ancestors = (part) => {
        const found = [];
        for (let above = part.parentElement; above; above = above.parentElement) found.push(above);
        return found.filter((above) => above !== document.body && above !== document.documentElement);
    };
    const floats = ({ part, above }) => [part, ...above].some((one) =>
        ["absolute", "fixed", "sticky"].includes(getComputedStyle(one).position) || one.matches("dialog, [popover]"));
    const isSeen = (part, box) => part.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && box.width > 2 && box.height > 2 && !ancestors(part).some((above) => above.offsetWidth === 1);
    const kinds = "a[href], button, summary, select, textarea, input:not([type=hidden])";
    const controls = [...document.querySelectorAll(kinds)]
        .map((part) => ({ part, box: part.getBoundingClientRect(), above: ancestors(part) }))
        .filter(({ part, box }) => isSeen(part, box));
    const faults = [];
    for (const { part, box, above } of controls) {
        let isOff = box.right > innerWidth + LEEWAY || box.left < -LEEWAY;
        for (const frame of [part, ...above]) {
            const { overflowX, overflowY, textOverflow } = getComputedStyle(frame);
            if (textOverflow === "ellipsis") break;
            if (frame === part) continue;
            if (["auto", "scroll"].includes(overflowX)) { isOff = false; break; }
            const edge = frame.getBoundingClientRect();
            const cuts = (overflow) => ["hidden", "clip"].includes(overflow);
            if (cuts(overflowX) && (box.right > edge.right + LEEWAY || box.left < edge.left - LEEWAY)
                || cuts(overflowY) && (box.bottom > edge.bottom + LEEWAY || box.top < edge.top - LEEWAY)) {
                faults.push(`cut off: ${name(part)} by ${frame.tagName.toLowerCase()}.${frame.className}`);
                break;
            }
        }
        if (isOff) faults.push(`off the screen: ${name(part)}`);
    }
    const pieces = controls.filter((control) => !floats(control))
        .flatMap(({ part }) => [...part.getClientRects()].map((box) => ({ part, box })));
    pieces.forEach((one, place) => {
        for (const other of pieces.slice(place + 1)) {
            if (one.part.contains(other.part) || other.part.contains(one.part)) continue;
            const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
            const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
            if (across > LEEWAY && down > LEEWAY) faults.push(`overlap: ${name(one.part)} and ${name(other.part)}`);
        }
    });
    for (const head of document.querySelectorAll("thead th")) {
        if (!isSeen(head, head.getBoundingClientRect()) || getComputedStyle(head).overflowX !== "visible") continue;
        if (head.scrollWidth > head.clientWidth + LEEWAY) faults.push(`runs into the next head: ${name(head)}`);
    }
    // On a notebook a table is seen whole; on a phone its rows are stacked, or it scrolls.
    for (const frame of innerWidth >= 1280 ? document.querySelectorAll(".table-responsive") : []) {
        if (frame.checkVisibility() && frame.scrollWidth > frame.clientWidth + LEEWAY) {
            faults.push(`scrolls sideways: ${frame.getAttribute("aria-label") ?? frame.getAttribute("aria-labelledby")}`
                + ` ${frame.scrollWidth} of ${frame.clientWidth}`);
        }
    }
    return [...new Set(faults)];
}"""


def misplaced(page: Page) -> Iterator[str]:
    """Give each customer the longest name, and say for each width which controls are cut off, overlap or are gone."""
    page.evaluate(LENGTHEN, LONGEST_NAME)
    for size in WIDTHS:
        page.set_viewport_size(size)
        yield from (f"{size['width']}: {fault}" for fault in page.evaluate(FAULTS))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"{size['width']}: scrolls sideways"
