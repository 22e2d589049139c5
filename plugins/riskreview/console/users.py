"""Owns the page of logins: who is which person with which roles; an administrator changes it, an auditor looks."""

from riskreview.console.answers import Page, Redirect
from riskreview.console.grants import grant, list_grants, revoke
from riskreview.console.roles import Role
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Visit
from riskreview.console.words import words

COLUMNS = (
    Column("user_id"),
    Column("person", "person"),
    Column("roles"),
    Column("granted_by", "person"),
    Column("granted_at", "moment"),
)


def users(visit: Visit) -> Page:
    """Show every login with its person and roles."""
    named = words(visit.visitor.language)["role"]
    with visit.reading() as connection:
        found = [{**row, "roles": ", ".join(named[role] for role in row["roles"])} for row in list_grants(connection)]
    people = [(person.id, person.name) for person in visit.team.persons]
    return Page("users", {"table": Table("users", COLUMNS, found), "people": people, "roles": list(Role), "changes": Role.administrator in visit.visitor.roles})  # fmt: skip


def grant_roles(visit: Visit) -> Redirect:
    """Let a login in, or change what it may."""
    wanted = [role for role in Role if visit.said(f"role_{role}")]
    grant(
        visit.services,
        user_id=visit.said("user_id"),
        person=visit.said("person"),
        roles=wanted,
        actor=visit.visitor.person,
    )
    return Redirect("/users", "saved")


def revoke_roles(visit: Visit) -> Redirect:
    """Shut a login out."""
    revoke(visit.services, user_id=visit.said("user_id"), actor=visit.visitor.person)
    return Redirect("/users", "saved")
