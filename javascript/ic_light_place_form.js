// The tools beside the canvas while subjects are placed on it.
//
// new ICLight.PlaceForm(placing, toolbar) makes its buttons by the light editor's toolbar, which shows them.

(function () {
    "use strict";

    const VALUES = [
        ["x", "Subject x"],
        ["y", "Subject y"],
        ["scale", "Subject scale"],
        ["rotation", "Subject rotation"],
    ];

    class PlaceForm {
        constructor(placing, toolbar) {
            const { create, createWord, createSpace, createRow, createNumber } = window.ICLight.elements;
            this.placing = placing;
            const buttons = (...names) => names.map((name) => toolbar.createButton(name));
            this.input = create("input", {
                type: "file",
                accept: "image/*",
                hidden: "",
                onchange: () => {
                    const [file] = this.input.files;
                    this.input.value = "";
                    if (file) placing.add(file);
                },
            });
            this.values = VALUES.map(([key, label]) => ({ key, label, value: createNumber() }));
            const [cancel, done] = buttons("cancelPlace", "donePlace");
            this.element = create(
                "fieldset",
                { class: "ic-light-tools ic-light-mode-tools ic-light-place-tools", "aria-label": "Place" },
                createRow(...buttons("fitSubject", "coverSubject", "resetPlaces")),
                createRow(...buttons("addSubject", "removeSubject"), createSpace(), ...buttons("useHorizon")),
                ...this.values.map(({ label, value }) => createRow(createWord(label), createSpace(), value)),
                window.ICLight.createGrounds(toolbar, "grey", "checker", "map", "picture"),
                createRow(createSpace(), cancel, done),
                this.input,
            );
        }

        show() {
            const { place } = this.placing.chosen;
            for (const { key, value } of this.values) {
                window.ICLight.elements.setText(value, key === "rotation" ? place[key].toFixed(0) : place[key].toFixed(3));
            }
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { PlaceForm });
})();
