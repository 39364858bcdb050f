// The page in the language of its browser, in the way of the WebUIs: a text that is a key of the dictionary is replaced
// as a whole.

(function () {
    "use strict";

    const ATTRIBUTES = ["title", "placeholder", "aria-label"];

    /** Translate what stands in the page and what comes into it later. */
    function translatePage(language, dictionary) {
        window.localization = dictionary;
        const find = (text) => text && Object.hasOwn(dictionary, text.trim()) && dictionary[text.trim()];

        function translateText(node) {
            const said = find(node.data);
            if (said && !node.parentElement?.closest("[translate=no], textarea, script, style")) node.data = said;
        }

        function translateElement(element) {
            for (const name of ATTRIBUTES) {
                const said = find(element.getAttribute(name));
                if (said) element.setAttribute(name, said);
            }
        }

        function translateUnder(node) {
            if (node.nodeType === Node.TEXT_NODE) translateText(node);
            if (node.nodeType !== Node.ELEMENT_NODE) return;
            translateElement(node);
            const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
            while (walker.nextNode()) {
                const { currentNode } = walker;
                (currentNode.nodeType === Node.TEXT_NODE ? translateText : translateElement)(currentNode);
            }
        }

        const observer = new MutationObserver((mutations) => {
            for (const { type, target, addedNodes } of mutations) {
                if (type === "characterData") translateText(target);
                if (type === "attributes") translateElement(target);
                addedNodes.forEach(translateUnder);
            }
        });
        const watched = { childList: true, subtree: true, characterData: true, attributeFilter: ATTRIBUTES };
        document.documentElement.lang = language;
        // Some gradios load programs before there is a body, others after.
        observer.observe(document.documentElement, watched);
        translateUnder(document.documentElement);
    }

    const [language] = navigator.language.split("-");
    const dictionary = window.ICLight.dictionaries[language];
    if (dictionary) translatePage(language, dictionary);
})();
