// What a person can do while subjects are placed, as ic_light_actions.js has it. `editor.placing` is the PlaceEditor.

(function () {
    "use strict";

    const createList = () => [
        {
            name: "place",
            label: "Place",
            title: "Move, scale and turn the subject on the canvas",
            focus: "editor",
            keys: { P: null },
            enabled: (editor) => editor.opened && Boolean(editor.placer && editor.placing.given) && !editor.matte.isOn,
            run: ({ placing }) => placing.toggle(),
        },
        { name: "selectSubject", title: "Choose this subject", focus: "placed", keys: { Tab: null }, gesture: "Click it" },
        {
            name: "moveSubject",
            title: "Move this subject",
            focus: "placed",
            keys: window.ICLight.actions.arrows(),
            gesture: "Drag it",
            run: ({ placing }, way) => placing.step(way, false),
        },
        {
            name: "moveSubjectFar",
            title: "Move it farther",
            focus: "placed",
            keys: window.ICLight.actions.arrows("Shift+"),
            run: ({ placing }, way) => placing.step(way, true),
        },
        {
            name: "scaleSubject",
            title: "Make it larger or smaller",
            focus: "placed",
            keys: { "+": 1, "-": -1 },
            gesture: "Drag a corner, turn the wheel, or pinch with two fingers",
            run: ({ placing }, direction) => placing.growBy(direction),
        },
        {
            name: "turnSubject",
            title: "Turn this subject",
            focus: "placed",
            keys: { "[": 1, "]": -1 },
            gesture: "Drag the round grip above it, with Shift in steps, or turn the wheel with Shift",
            run: ({ placing }, direction) => placing.turnBy(direction),
        },
        {
            name: "removeSubject",
            label: "Remove",
            title: "Delete this subject",
            focus: "placed",
            keys: { Delete: null, Backspace: null },
            enabled: ({ placing }) => placing.isOn && placing.subjects.length > 1,
            run: ({ placing }) => placing.remove(),
        },
        {
            name: "moveHorizon",
            title: "Move the horizon",
            focus: "horizon",
            keys: { ArrowUp: -0.01, ArrowDown: 0.01 },
            gesture: "Drag it",
            run: ({ placing }, by) => placing.moveHorizon(placing.horizon.at + by),
        },
        {
            name: "fitSubject",
            label: "Fit",
            title: "As large as shows all of its picture",
            run: ({ placing }) => placing.fit(),
        },
        {
            name: "coverSubject",
            label: "Cover",
            title: "In the middle, as large as covers the canvas",
            run: ({ placing }) => placing.put(window.ICLight.placement.COVER),
        },
        {
            name: "resetPlaces",
            label: "Reset",
            title: "Everything where it was at first",
            enabled: ({ placing }) => placing.isOn && placing.history.canUndo,
            run: ({ placing }) => placing.reset(),
        },
        {
            name: "useHorizon",
            label: "Horizon",
            title: "What is moved up or down becomes smaller or larger with the distance of its foot from the horizon",
            focus: "placing",
            keys: { H: null },
            pressed: ({ placing }) => placing.horizon.isOn,
            run: ({ placing }) => placing.toggleHorizon(),
        },
        {
            name: "addSubject",
            label: "Add picture",
            title: "Add the subject of another picture",
            focus: "placing",
            keys: { A: null },
            gesture: "Drop the picture on the canvas, or paste it",
            enabled: ({ placing }) => placing.isOn && placing.hasRoom && !placing.isBusy,
            run: ({ placing }) => placing.form.input.click(),
        },
        {
            name: "cancelPlace",
            label: "Cancel",
            title: "Leave everything where it was",
            focus: "placing",
            keys: { Escape: null },
            run: ({ placing }) => placing.cancel(),
        },
        {
            name: "donePlace",
            label: "Done",
            title: "Place the subject there; several become one picture",
            enabled: ({ placing }) => placing.isOn && !placing.isBusy,
            run: ({ placing }) => placing.finish(),
        },
    ];

    window.ICLight = window.ICLight || {};
    window.ICLight.moreActions = Object.assign(window.ICLight.moreActions || {}, { place: createList });
})();
