// The tools of the matte's editor, of which one is in hand. A tool is an entry of ICLight.matteTools, in a file of its own:
//
//   label, title, keys, gesture   of its button, as an action has them (ic_light_actions.js)
//   isBrush                       whether it has a size and a softness
//   press(editor, at, isOther), drag(editor, from, to, isOther), lift(editor)
//       what a pointer does with it, at places [x, y] in pixels of the matte; isOther with Alt
//
// where `editor` is a MatteEditor: its `matte` has levels that `paint` or `replace` changes, and `redraw(box)` shows it.

(function () {
    "use strict";

    const createBrush = (keeps, named) => ({
        ...named,
        gesture: "Drag over the picture; with Alt the other brush paints",
        isBrush: true,
        press(editor, at, isOther) {
            editor.matte.begin();
            this.drag(editor, at, at, isOther);
        },
        drag(editor, from, to, isOther) {
            editor.redraw(editor.matte.paint({ ...editor.brush, keeps: keeps !== isOther }, from, to));
        },
        lift: (editor) => editor.matte.record(),
    });

    const keep = createBrush(true, { label: "Keep", title: "Paint what is subject", keys: { K: null } });
    const drop = createBrush(false, { label: "Drop", title: "Paint what is background", keys: { D: null } });

    window.ICLight = window.ICLight || {};
    window.ICLight.matteTools = Object.assign({ keep, drop }, window.ICLight.matteTools);
})();
