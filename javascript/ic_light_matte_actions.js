// What a person can do to the matte, as ic_light_actions.js has it. `editor.matte` is the MatteEditor.

(function () {
    "use strict";

    /** The button that takes up each tool. */
    const listTools = () =>
        Object.entries(window.ICLight.matteTools).map(([name, { label, title, keys, gesture }]) => ({
            ...{ name: `${name}Tool`, label, title, keys, gesture },
            focus: "matte",
            pressed: ({ matte }) => matte.toolName === name,
            run: ({ matte }) => matte.take(name),
        }));

    const ACTIONS = [
        {
            name: "editMatte",
            label: "Edit matte",
            title: "Paint what is subject and what is background",
            focus: "editor",
            keys: { M: null },
            enabled: (editor) => editor.opened && Boolean(editor.onMatte) && !editor.placing.isOn,
            run: ({ matte }) => matte.toggle(),
        },
        {
            name: "brushSize",
            title: "Set the size of the brush",
            focus: "matte",
            keys: { "[": -1, "]": 1 },
            run: ({ matte }, by) => matte.resize(by),
        },
        {
            name: "clearMatte",
            label: "Clear",
            title: "Back to the matte as it was",
            enabled: ({ matte }) => matte.isOn && !matte.matte.isUntouched,
            run: ({ matte }) => matte.clear(),
        },
        {
            name: "cancelMatte",
            label: "Cancel",
            title: "Leave the matte as it was",
            focus: "matte",
            keys: { Escape: null },
            run: ({ matte }) => matte.cancel(),
        },
        {
            name: "doneMatte",
            label: "Done",
            title: "Take what is painted as the Mask",
            enabled: ({ matte }) => matte.isOn && !matte.matte.isUntouched,
            run: ({ matte }) => matte.finish(),
        },
    ];

    /** The brush by keyboard. */
    const listMoves = () => {
        const { arrows } = window.ICLight.actions;
        return [
            ["moveBrush", "Move the brush", arrows(), "move", false],
            ["moveBrushFar", "Move it farther", arrows("Shift+"), "move", true],
            ["dab", "Paint there", { Enter: null }, "dab"],
        ].map(([name, title, keys, act, far]) => {
            return { name, title, keys, focus: "brush", run: ({ matte }, way) => matte[act](way, far) };
        });
    };

    window.ICLight = window.ICLight || {};
    window.ICLight.moreActions = Object.assign(window.ICLight.moreActions || {}, {
        matte: () => [...listTools(), ...ACTIONS, ...listMoves()],
    });
})();
