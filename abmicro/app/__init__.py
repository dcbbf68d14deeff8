"""Pages on this computer for people with a browser and a spreadsheet: `abmicro app`.

Everything that is chosen stands in the address of a page, so that the button back, a second tab and
a page that is loaded anew find what they left; the server keeps uploads and runs, nothing else.
"""
