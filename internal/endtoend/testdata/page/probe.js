// Runs at the end of a page and writes down how it was drawn, as JSON in an element of its own.
(() => {
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const colour = text => (text.match(/[\d.]+/g) || []).map(Number);
  const clear = c => c.length === 0 || c.length === 4 && c[3] === 0;
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (!clear(c)) return c;
    }
    return [255, 255, 255];
  };
  // The contrast of WCAG 2.2, 1.4.3, of the letters that are hardest to read.
  let contrast = 21, faintest = "";
  const outside = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === "" || element.closest("title, desc, script, style")) continue;
    const style = getComputedStyle(element);
    const ink = luminance(colour(element.closest("svg") ? style.fill : style.color));
    const paper = luminance(behind(element));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (ratio < contrast) [contrast, faintest] = [ratio, node.data.trim()];
    const svg = element.closest("svg");
    if (!svg) continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    const [text, frame] = [range.getBoundingClientRect(), svg.getBoundingClientRect()];
    if (text.left < frame.left - 1 || text.right > frame.right + 1 || text.top < frame.top - 1 || text.bottom > frame.bottom + 1) {
      outside.push(node.data.trim());
    }
  }
  // Characters without a glyph are all drawn as the same box.
  const drawn = character => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 40;
    const context = canvas.getContext("2d");
    context.font = "32px " + getComputedStyle(document.body).fontFamily;
    context.fillText(character, 2, 34);
    return canvas.toDataURL();
  };
  const facts = {
    overflow: document.documentElement.scrollWidth - innerWidth,
    resources: performance.getEntriesByType("resource").map(e => e.name),
    contrast, faintest, outside,
    glyphs: new Set([..."訓練報告率標的型"].map(drawn)).size,
    charts: document.querySelectorAll("svg").length,
    scripts: document.querySelectorAll("script").length - 1,
    language: document.documentElement.lang,
  };
  const out = document.createElement("pre");
  out.id = "probe";
  out.textContent = JSON.stringify(facts);
  document.body.append(out);
})();
