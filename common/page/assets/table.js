// SPDX-License-Identifier: Apache-2.0
// What stands behind the guard's table (page/guard.c), in every realm that has one: what pages call of those that are held
// back, and the one way in which the table may become another. It stands here and not in the guard, so that a page with
// another table does not fetch that anew.
//
// What is served is table.min.js, which scripts/minify-asset makes of this.
((self, table) => {
    const { document } = self;
    const stubs = []; // of ours: "fbq()", the function
    const objects = []; // … that had to be made for them: in what, name, object

    const split = (stub) => stub.slice(0, -2).split('.');
    const isStub = (stub, names) => ` ${names}`.includes(` ${stub} `);

    // "fbq()" is a function that keeps its calls, "_paq[]" an array.
    for (const stub of table.stubs.split(' ').filter(Boolean)) {
        const names = split(stub), last = names.pop();
        let at = self;
        for (const name of names) {
            if (at && !at[name])
                objects.push([at, name, at[name] = {}]);
            at = at && at[name];
        }
        if (at && at[last] === undefined) {
            const calls = [], call = function () {
                if (calls.length < 1000)
                    calls.push(arguments);
            };
            call.q = calls;
            if (stub.endsWith('[]'))
                at[last] = calls;
            else
                stubs.push([stub, at, last, at[last] = call]);
        }
    }
    if (!document)
        return;

    // After a choice a script of ours (activate.js) has a second table loaded, of what is held back now: it takes the place
    // of the first one in the guard. Only a table that comes from where the first one came may do so. Loaders look whether
    // what they make is there, so stubs of those that wait no more are taken away first.
    const getScript = Object.getOwnPropertyDescriptor(self.Document.prototype, 'currentScript').get;
    const script = () => Reflect.apply(getScript, document, []);
    const ours = script().src.replace(/[^/]*$/, 'held-');
    if (self.cnilRenew) {
        delete self.cnilHeld;
        self.cnilRenew(table);
        return;
    }
    Object.defineProperty(self, 'cnilRenew', { value: (next) => {
        const bringer = script(), { asked } = table.hosts, refused = asked[0];
        if (!bringer || !bringer.src.startsWith(ours))
            return;
        for (const host of Object.keys(asked))
            delete asked[host];
        for (const key of Object.keys(table))
            delete table[key];
        Object.assign(table, next).hosts.asked = asked;
        const lifted = stubs.filter(([stub]) => !isStub(stub, table.stubs));
        for (const [, at, last, call] of lifted)
            if (at[last] === call)
                delete at[last];
        for (const [at, name, object] of [...objects].reverse())
            if (at[name] === object && !Object.keys(object).length)
                delete at[name];
        bringer.vpRefused = refused; // has the guard refused anything that a script asked for?
        // what was called of them is called again, of what is there in their place
        bringer.vpReplay = () => {
            for (const [stub, , , { q }] of lifted) {
                const names = split(stub), last = names.pop();
                const at = names.reduce((object, name) => object && object[name], self);
                if (at && typeof at[last] === 'function')
                    q.splice(0).forEach((args) => Reflect.apply(at[last], at, args));
            }
        };
    } });
})(self, self.cnilHeld);
