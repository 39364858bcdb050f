// What is dragged beside the chosen lamp: a square on its reach for the size, and a stone on an upright track for the
// depth. For each its element's class, its title, where it stands, and what it sets where it is dragged.

(function () {
    "use strict";

    const grips = [
        {
            name: "ic-light-size-handle",
            title: "Drag to set the size",
            place: (geometry, lamp) => geometry.placeSize(lamp),
            drag: (geometry, lamp, from, to) => ({ size: geometry.resizeLamp(lamp, from, to) }),
        },
        {
            name: "ic-light-depth-handle",
            title: "Drag it up to the front, or down behind the subject",
            place: (geometry, lamp) => geometry.placeDepth(lamp),
            drag: (geometry, lamp, from, to) => ({ depth: geometry.deepenLamp(lamp, from, to) }),
        },
    ];

    window.ICLight = Object.assign(window.ICLight || {}, { grips });
})();
