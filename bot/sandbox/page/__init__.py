"""The web page: api.py has its routes, view.py what one person sees, actions.py what they do, and activity.py
the calls that its fault panel shows. What the browser loads lies in assets/.
"""
