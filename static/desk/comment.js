// Selected words go into the comment form. Without this script the same form takes pasted words.
(() => {
  const form = document.querySelector("[data-comment-form]");
  if (!form) return;
  const field = (name) => form.querySelector(`[name="${name}"]`);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button desk-float";
  button.textContent = "Comment on the selected words";
  button.hidden = true;
  document.body.append(button);

  const placeOf = (node) => {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    return element && element.closest("[data-place]");
  };
  const wordsOf = (fragment) => {
    for (const note of fragment.querySelectorAll(".desk-note")) note.remove();
    return fragment.textContent;
  };
  const selected = () => {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    const place = placeOf(range.startContainer);
    if (!place || place !== placeOf(range.endContainer)) return null;
    const quote = wordsOf(range.cloneContents());
    if (!quote.trim()) return null;
    const before = document.createRange();
    before.setStart(place, 0);
    before.setEnd(range.startContainer, range.startOffset);
    return { place: place.dataset.place, quote, before: wordsOf(before.cloneContents()), box: range.getBoundingClientRect() };
  };

  document.addEventListener("selectionchange", () => {
    const found = selected();
    button.hidden = !found;
    if (found) {
      button.style.insetBlockStart = `${Math.max(0, window.scrollY + found.box.bottom + 6)}px`;
      button.style.insetInlineStart = `${Math.max(8, Math.min(window.scrollX + found.box.left, window.innerWidth - 260))}px`;
    }
  });
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    const found = selected();
    if (!found) return;
    field("place").value = found.place;
    field("quote").value = found.quote;
    field("before").value = found.before;
    form.closest("details").open = true;
    button.hidden = true;
    field("text").focus();
  });
  field("quote").addEventListener("input", () => { field("before").value = ""; });
})();
