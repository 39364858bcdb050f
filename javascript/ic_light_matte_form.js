// The tools beside the picture while its matte is edited: which is in hand, the brush, and what the matte is seen over.
//
// new ICLight.MatteForm(editor, toolbar) makes its buttons by the light editor's toolbar, which shows them.

(function () {
    "use strict";

    // Of the brush: what its key stands for, and how it is said.
    const RANGES = [
        ["size", "Size", "How large the brush is, of the picture's short side", (brush) => `${brush.percent} %`],
        ["softness", "Softness", "How much of the brush is a soft edge", (brush) => brush.softness.toFixed(2)],
    ];

    class MatteForm {
        constructor(editor, toolbar) {
            const { create, createSpace, createRow } = window.ICLight.elements;
            this.editor = editor;
            const createButtons = (...names) => names.map((name) => toolbar.createButton(name));
            const tools = createButtons(...Object.keys(window.ICLight.matteTools).map((name) => `${name}Tool`));
            this.ranges = RANGES.map((range) => this.createRange(...range));
            const [clear, cancel, done] = createButtons("clearMatte", "cancelMatte", "doneMatte");
            this.element = create(
                "fieldset",
                { class: "ic-light-tools ic-light-mode-tools ic-light-matte-tools", "aria-label": "Edit matte" },
                createRow(create("div", { class: "ic-light-views", role: "group", "aria-label": "Brush" }, ...tools)),
                ...this.ranges.map(({ row }) => row),
                window.ICLight.createGrounds(toolbar, "grey", "checker", "map"),
                createRow(clear, createSpace(), cancel, done),
            );
        }

        createRange(key, label, title, say) {
            const bounds = { low: 0, high: 1, step: 0.01, title };
            const act = (number) => this.editor.setBrush({ [key]: number });
            return { key, say, ...window.ICLight.elements.createSlider(label, bounds, act) };
        }

        show(tool, brush) {
            for (const range of this.ranges) {
                range.row.hidden = !tool.isBrush;
                range.show(brush[range.key], range.say(brush));
            }
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { MatteForm });
})();
