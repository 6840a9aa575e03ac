// Django's pickers (select2) leave their boxes nameless: name each by the label of its field.
"use strict";
{
  const $ = django.jQuery;

  const labelOf = (select) => {
    const label = document.querySelector(`label[for="${select.id}"]`);
    if (label) label.id ||= `${select.id}_label`;
    return label;
  };
  const nameBoxes = (root) => root.querySelectorAll("select.admin-autocomplete").forEach((select) => {
    const label = labelOf(select), frame = select.nextElementSibling;
    if (!label || !frame?.matches(".select2")) return;
    frame.querySelectorAll(".select2-selection--single, [role=textbox]").forEach((box) =>
      box.setAttribute("aria-labelledby", `${label.id} ${frame.querySelector("[role=textbox]").id}`));
    frame.querySelectorAll(".select2-search__field").forEach((box) => box.setAttribute("aria-labelledby", label.id));
  });

  $(() => nameBoxes(document));
  document.addEventListener("formset:added", (event) => nameBoxes(event.target));
  $(document).on("select2:open", ({target}) => {
    const box = document.querySelector(".select2-dropdown .select2-search__field");
    const label = labelOf(target);
    if (box && label) box.setAttribute("aria-labelledby", label.id);
  });
}
