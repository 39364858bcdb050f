// Everything that a person can do in the light editor and to the live picture, once: in which words, by which keys and
// gestures, when it can act and how. Buttons, the keyboard, the help and the documents' table of keys come from here.
//
// An action has
//   title     what it does, in words that are looked up in the host's dictionary
//   focus     where its keys act: one of HEADINGS
//   keys      by combination (ic_light_keys.js), what `run` is told
//   gesture   how it is done with a pointer that is no button
//   label, icon   what stands on its button
//   enabled(editor), pressed(editor)   whether it can act, and whether it is on
//   run(editor, told)   does it; without, the browser does

(function () {
    "use strict";

    const arrows = (modifier = "") => ({
        [`${modifier}ArrowLeft`]: [-1, 0],
        [`${modifier}ArrowRight`]: [1, 0],
        [`${modifier}ArrowUp`]: [0, -1],
        [`${modifier}ArrowDown`]: [0, 1],
    });

    // What an arrow key turns the dial by, in degrees; without and with Shift.
    const DIAL = [1, 15];

    const getLamp = (editor) => editor.lamps[editor.selected];
    const adjust = (editor, values) => editor.adjust(editor.selected, values, true);
    const move = (editor, way, far) => adjust(editor, window.ICLight.lamps.step(getLamp(editor), way, far));
    const adjustBy = (editor, key, by) => adjust(editor, { [key]: getLamp(editor)[key] + by });

    function turn(editor, [right, down], far) {
        const by = DIAL[Number(far)] * (right - down);
        adjust(editor, { angle: window.ICLight.lamps.turn(getLamp(editor).angle, by) });
    }

    // Lamps are undone, or what a mode is of.
    const getUndone = (editor) => editor.mode || editor;
    const hasLamp = (editor) => editor.selected < editor.lamps.length;
    const hasRoom = (editor) => editor.lamps.length < window.ICLight.lamps.MOST;

    const ACTIONS = [
        {
            name: "showLit",
            label: "Lit",
            title: "The subject in the light of the lamps",
            enabled: (editor) => editor.opened,
            pressed: (editor) => editor.shownView === "lit",
            run: (editor) => editor.setView("lit"),
        },
        {
            name: "showMap",
            label: "Light map",
            title: "What the model starts from: bright where light shall be",
            pressed: (editor) => editor.shownView === "map",
            run: (editor) => editor.setView("map"),
        },
        {
            name: "addPoint",
            icon: "add",
            label: "Point",
            title: "Add a lamp at a place of the picture",
            enabled: hasRoom,
            run: (editor) => editor.add("point"),
        },
        {
            name: "addSide",
            icon: "add",
            label: "Side",
            title: "Add a lamp that shines from one side",
            enabled: hasRoom,
            run: (editor) => editor.add("side"),
        },
        {
            name: "before",
            label: "Before",
            title: "The subject before, as long as it is held",
            focus: "editor",
            keys: { B: null },
            gesture: "Hold the button",
            holds: true,
            enabled: (editor) => editor.opened && !editor.mode,
            pressed: (editor) => editor.before,
            run: (editor) => editor.showBefore(true),
        },
        ...[
            ["aimLight", "light", "Light a spot", "Move this lamp so that it lights a spot", "Click the spot with Alt"],
            ["aimReflect", "reflect", "Reflect at a spot", "Move it so that it reflects there", "Click the spot with Shift"],
            ["aimRim", "rim", "Rim a spot", "Move it so that it rims there", "Click the spot with Ctrl"],
        ].map(([name, mode, label, title, gesture]) => ({
            name,
            label,
            title,
            gesture,
            focus: "lamp",
            enabled: (editor) => editor.opened && hasLamp(editor),
            pressed: (editor) => editor.spot.mode === mode,
            run: (editor) => editor.spot.setMode(mode),
        })),
        { name: "select", title: "Choose this lamp", focus: "lamp", keys: { Tab: null }, gesture: "Click it" },
        {
            name: "move",
            title: "Move or turn this lamp",
            focus: "lamp",
            keys: arrows(),
            gesture: "Drag it",
            run: (editor, way) => move(editor, way, false),
        },
        {
            name: "moveFar",
            title: "Move it farther, or turn it in larger steps",
            focus: "lamp",
            keys: arrows("Shift+"),
            gesture: "Drag it with Shift: it turns in steps",
            run: (editor, way) => move(editor, way, true),
        },
        {
            name: "resize",
            title: "Set how far its light goes",
            focus: "lamp",
            keys: { "+": 1, "-": -1 },
            gesture: "Drag the square on the dashed line, turn the wheel over the lamp, or pinch with two fingers",
            run: (editor, direction) => adjustBy(editor, "size", direction * window.ICLight.lamps.GROWTH),
        },
        {
            name: "deepen",
            title: "Move it to the front, or behind the subject",
            focus: "lamp",
            keys: { PageUp: 1, PageDown: -1 },
            gesture: "Drag the round grip beside it up or down, or turn the wheel over the lamp with Shift",
            run: (editor, direction) => adjustBy(editor, "depth", direction * window.ICLight.lamps.DEEPENING),
        },
        {
            name: "toggle",
            title: "Switch this lamp on or off",
            focus: "lamp",
            keys: { O: null },
            enabled: hasLamp,
            run: (editor) => editor.toolbar.desk.toggle(editor.selected),
        },
        {
            name: "solo",
            label: "Solo",
            title: "This lamp alone, or again those that shone before",
            focus: "lamp",
            keys: { S: null },
            enabled: hasLamp,
            pressed: (editor) => editor.toolbar.desk.isAlone(editor.selected),
            run: (editor) => editor.toolbar.desk.solo(editor.selected),
        },
        {
            name: "lock",
            label: "Lock",
            title: "Let nothing change this lamp",
            focus: "lamp",
            keys: { L: null },
            enabled: hasLamp,
            pressed: (editor) => Boolean(getLamp(editor).locked),
            run: (editor) => editor.toolbar.desk.lock(editor.selected),
        },
        {
            name: "duplicate",
            icon: "duplicate",
            title: "Duplicate this lamp",
            focus: "lamp",
            keys: { D: null },
            enabled: (editor) => hasLamp(editor) && hasRoom(editor),
            run: (editor) => editor.duplicate(),
        },
        {
            name: "remove",
            icon: "remove",
            title: "Delete this lamp",
            focus: "lamp",
            keys: { Delete: null, Backspace: null },
            enabled: (editor) => hasLamp(editor) && !getLamp(editor).locked,
            run: (editor) => editor.remove(),
        },
        {
            name: "openMenu",
            title: "Open the lamp's menu",
            focus: "lamp",
            keys: { ContextMenu: null, "Shift+F10": null },
            gesture: "Click it with the other button, or keep a finger on it",
            enabled: hasLamp,
            run: (editor) => editor.handles.menu.open(),
        },
        {
            name: "moveInMenu",
            title: "Go to another entry",
            focus: "menu",
            keys: { ArrowUp: -1, ArrowDown: 1 },
            run: (editor, by) => editor.handles.menu.move(by),
        },
        {
            name: "closeMenu",
            title: "Close the menu",
            focus: "menu",
            keys: { Escape: null },
            gesture: "Click beside it",
            run: (editor) => editor.handles.menu.close(),
        },
        {
            name: "turn",
            title: "Turn the light",
            focus: "dial",
            keys: arrows(),
            gesture: "Drag it",
            run: (editor, way) => turn(editor, way, false),
        },
        {
            name: "turnFar",
            title: "Turn the light in larger steps",
            focus: "dial",
            keys: arrows("Shift+"),
            gesture: "Drag it with Shift",
            run: (editor, way) => turn(editor, way, true),
        },
        ...[
            ["moveSpot", "Move the crosshair, once a button beside has been pressed by key", arrows(), "move", false],
            ["moveSpotFar", "Move it farther", arrows("Shift+"), "move", true],
            ["aim", "Aim the lamp there", { Enter: null }, "aim"],
            ["stopAiming", "Go back to the button", { Escape: null }, "leave"],
        ].map(([name, title, keys, act, far]) => {
            return { name, title, keys, focus: "crosshair", run: (editor, way) => editor.spot.crosshair[act](way, far) };
        }),
        {
            name: "undo",
            icon: "undo",
            title: "Undo",
            focus: "editor",
            keys: { "Ctrl+Z": null },
            enabled: (editor) => getUndone(editor).history.canUndo,
            run: (editor) => getUndone(editor).moveInHistory(-1),
        },
        {
            name: "redo",
            icon: "redo",
            title: "Redo",
            focus: "editor",
            keys: { "Ctrl+Shift+Z": null, "Ctrl+Y": null },
            enabled: (editor) => getUndone(editor).history.canRedo,
            run: (editor) => getUndone(editor).moveInHistory(1),
        },
        ...[
            ["putWords", "Words", "Put the light into the prompt in words, in place of those put there before"],
            ["copyCommand", "Copy as command", "Copy the command that makes the same picture without a WebUI"],
            ["copyRequest", "Copy as API request", "Copy the request that makes the same picture over the API"],
            ["saveSetup", "Save set-up", "Save the light as a small file"],
            ["openSetup", "Open set-up", "Take the light of such a file, or of a picture that was relit; or drop it on the canvas"],
        ].map(([name, label, title]) => ({ name, label, title, run: (editor) => editor.outputs[name]() })),
        {
            name: "openHelp",
            icon: "help",
            title: "Keys and gestures",
            focus: "editor",
            keys: { "?": null },
            run: (editor) => editor.help.open(),
        },
        {
            name: "closeHelp",
            label: "Close",
            title: "Close the help",
            focus: "help",
            keys: { Escape: null, "?": null },
            run: (editor) => editor.help.close(),
        },
        {
            name: "moveLight",
            title: "Move or turn the light",
            focus: "picture",
            keys: arrows(),
            gesture: "Drag it",
            run: (picture, way) => picture.move(way),
        },
        {
            name: "turnLight",
            title: "Turn the light instead of moving it, or the other way round",
            focus: "picture",
            gesture: "Drag it with Shift",
        },
    ];

    const HEADINGS = {
        lamp: "On a lamp",
        menu: "In a lamp's menu",
        dial: "On the dial",
        crosshair: "On the crosshair",
        brush: "On the matte",
        matte: "While the matte is edited",
        ...{ placed: "On the subject that is placed", horizon: "On the horizon", placing: "While the subject is placed" },
        editor: "Anywhere in the light editor",
        help: "In the help",
        picture: "On the live picture",
    };

    // Where else the keys of a place act.
    const EDITOR = ["editor"];
    const PLACING = ["placing", "editor"];
    const AROUND = { lamp: EDITOR, dial: EDITOR, crosshair: EDITOR, matte: EDITOR, placing: EDITOR };
    Object.assign(AROUND, { brush: ["matte", "editor"], placed: PLACING, horizon: PLACING });

    /** Also those of other files, each a function of ICLight.moreActions: hosts load files in any order. */
    let [all, named] = [null, null];
    const getAll = () => (all ||= [...ACTIONS, ...Object.values(window.ICLight.moreActions).flatMap((list) => list())]);

    /** What a key does where the focus is: {action, told}, or null. A combination without Shift takes it too, unless
     * another has it. */
    function find(event, focus) {
        const { split, matches } = window.ICLight.keys;
        for (const place of [focus, ...(AROUND[focus] || [])]) {
            const found = getAll().filter((action) => action.focus === place && action.run)
                .flatMap((action) => Object.entries(action.keys || {}).map(([keys, told]) => ({ action, keys, told })))
                .filter(({ keys }) => matches(split(keys), event))
                .sort((one, other) => split(other.keys).length - split(one.keys).length);
            if (found.length) return found[0];
        }
        return null;
    }

    const isEnabled = (action, editor) => !action.enabled || action.enabled(editor);

    /** Do it, where it can be done. */
    function run(action, editor, told = null) {
        if (isEnabled(action, editor)) action.run(editor, told);
    }

    /** All that is done by keys or gestures: [{focus, heading, actions: [{title, gesture, keys}]}]. */
    function list() {
        const { nameKeys } = window.ICLight.keys;
        return Object.entries(HEADINGS).map(([focus, heading]) => {
            const actions = getAll().filter((action) => action.focus === focus);
            const rows = actions.map((action) => {
                return { title: action.title, gesture: action.gesture || "", keys: nameKeys(action) };
            });
            return { focus, heading, actions: rows };
        });
    }

    const actions = {
        get byName() {
            return (named ||= Object.fromEntries(getAll().map((action) => [action.name, action])));
        },
        arrows,
        find,
        isEnabled,
        run,
        list,
    };
    window.ICLight = Object.assign(window.ICLight || {}, { actions });
})();
