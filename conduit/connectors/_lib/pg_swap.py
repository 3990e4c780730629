"""A full refresh by exchange: a new table in the place of the old one, where the new one can have all that it had.

What a new table cannot simply be given (views upon it, foreign keys, triggers, policies, sequences, ...) stands in the
way, and is named; such a table is emptied and filled again instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conduit.connectors._lib.pg_declared import literal
from conduit.connectors._lib.pg_target import Target
from conduit.connectors._lib.sql import quote

if TYPE_CHECKING:
    from conduit.connectors._lib.pg_connect import PgConnection

_IN_THE_WAY = """
SELECT array_remove(ARRAY[
  CASE WHEN c.relkind <> 'r' THEN 'it is no plain table' END,
  CASE WHEN c.relispartition OR c.relhassubclass OR EXISTS (
    SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)) THEN 'inheritance' END,
  CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_trigger t LEFT JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint
    WHERE t.tgrelid = c.oid AND k.contype IS DISTINCT FROM 'u' AND k.contype IS DISTINCT FROM 'p')
    THEN 'triggers or foreign keys' END,
  CASE WHEN c.relrowsecurity OR EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid)
    THEN 'row security' END,
  CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_publication_rel p WHERE p.prrelid = c.oid) THEN 'publications' END,
  CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid = c.oid) THEN 'extended statistics' END,
  CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_seclabel l WHERE l.objoid = c.oid) THEN 'security labels' END,
  CASE WHEN c.relreplident <> 'd' OR c.relpersistence <> 'p' OR c.reloptions IS NOT NULL OR c.reltablespace <> 0
    OR c.reloftype <> 0 OR c.relam <> (SELECT am.oid FROM pg_catalog.pg_am am WHERE am.amname = 'heap')
    THEN 'storage options' END,
  CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
    AND NOT a.attisdropped AND (a.attacl IS NOT NULL OR a.attidentity <> '' OR a.attoptions IS NOT NULL
      OR coalesce(a.attstattarget, -1) >= 0)) THEN 'identity columns, or privileges and options of columns' END,
  CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.refclassid = 'pg_class'::regclass
    AND d.refobjid = c.oid AND d.deptype IN ('n', 'a') AND d.classid <> 'pg_attrdef'::regclass AND (
      CASE d.classid
        WHEN 'pg_constraint'::regclass THEN NOT EXISTS (
          SELECT FROM pg_catalog.pg_constraint k WHERE k.oid = d.objid AND k.conrelid = c.oid
             AND k.contype IN ('p', 'u', 'c', 'n'))
        WHEN 'pg_class'::regclass THEN NOT EXISTS (
          SELECT FROM pg_catalog.pg_index i WHERE i.indexrelid = d.objid AND i.indrelid = c.oid)
        ELSE true END)) THEN 'views, functions or sequences' END,
  CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid
    AND (NOT i.indisvalid OR i.indisclustered OR i.indisexclusion
      OR obj_description(i.indexrelid, 'pg_class') IS NOT NULL))
    THEN 'indexes that are clustered, described or invalid' END,
  CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid
    AND (obj_description(k.oid, 'pg_constraint') IS NOT NULL OR k.contype NOT IN ('p', 'u', 'c', 'n')
      OR NOT k.convalidated)) THEN 'constraints that are described or not validated' END,
  CASE WHEN NOT pg_has_role(c.relowner, 'USAGE') THEN 'another owner' END
], NULL)::text[]
  FROM pg_catalog.pg_class c WHERE c.oid = $1::int8::oid
"""
_INDEXES = """
SELECT x.relname::text, i.indisunique, pg_get_indexdef(i.indexrelid), coalesce(k.conname::text, ''),
       coalesce(k.contype::text, ''), coalesce(k.condeferrable, false), coalesce(k.condeferred, false),
       format('CREATE %sINDEX %I ON %I.%I USING ', CASE WHEN i.indisunique THEN 'UNIQUE ' END,
              x.relname, n.nspname, c.relname)
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_constraint k
    ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u')
 WHERE i.indrelid = $1::int8::oid ORDER BY x.relname
"""
_FACTS = """
SELECT pg_get_userbyid(c.relowner)::text, obj_description(c.oid, 'pg_class')
  FROM pg_catalog.pg_class c WHERE c.oid = $1::int8::oid
"""
_GRANTS = """
SELECT coalesce(pg_get_userbyid(nullif(a.grantee, 0)), '')::text, a.privilege_type, a.is_grantable
  FROM pg_catalog.pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
 WHERE c.oid = $1::int8::oid
"""


def in_the_way(connection: PgConnection, target: Target) -> list[str]:
    """What hangs on the table that a new one cannot simply be given; nothing: it can be exchanged."""
    found: list[str] = []
    for (reasons,) in connection.rows(_IN_THE_WAY, target.oid):
        found += reasons
    if any(not definition.startswith(head) for _, _, definition, *_, head in connection.rows(_INDEXES, target.oid)):
        found.append("indexes of an unknown form")
    return found


def twin(stage: str, name: str) -> str:
    """The statement that makes the new table like the old one, without its keys and indexes; quoted names."""
    return (
        f"CREATE TABLE {stage} (LIKE {name} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS "
        "INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)"
    )


def exchange(connection: PgConnection, schema: str, stage: str, table: str, target: Target) -> None:
    """Give the new table the indexes, keys, rights and comments of the old one, and then its place.

    Readers go on reading the old one until the very end, and wait for as long as the names change hands.
    """
    new, old = f"{quote(schema)}.{quote(stage)}", f"{quote(schema)}.{quote(table)}"
    indexes = connection.rows(_INDEXES, target.oid)
    [(owner, comment)] = connection.rows(_FACTS, target.oid)
    grants = connection.rows(_GRANTS, target.oid)
    for number, (_, unique, definition, *_, head) in enumerate(indexes):
        rest = definition.removeprefix(head)
        made = quote(f"{stage}_{number}")
        connection.execute(f"CREATE {'UNIQUE ' if unique else ''}INDEX {made} ON {new} USING {rest}")
    connection.execute(f"ANALYZE {new}")
    connection.execute(f"DROP TABLE {old}")
    connection.execute(f"ALTER TABLE {new} RENAME TO {quote(table)}")
    for number, (name, _, _, constraint, kind, deferrable, deferred, _) in enumerate(indexes):
        made = quote(f"{stage}_{number}")
        if constraint:
            word = "PRIMARY KEY" if kind == "p" else "UNIQUE"
            later = f" DEFERRABLE INITIALLY {'DEFERRED' if deferred else 'IMMEDIATE'}" if deferrable else ""
            connection.execute(f"ALTER TABLE {old} ADD CONSTRAINT {quote(constraint)} {word} USING INDEX {made}{later}")
        else:
            connection.execute(f"ALTER INDEX {quote(schema)}.{made} RENAME TO {quote(name)}")
    if comment is not None:
        connection.execute(f"COMMENT ON TABLE {old} IS {literal(comment)}")
    _grant(connection, schema, table, owner, grants)


def _grant(connection: PgConnection, schema: str, table: str, owner: str, grants: list[tuple[str, str, bool]]) -> None:
    """The rights that the old table had, in place of those that a new one is born with."""
    name = f"{quote(schema)}.{quote(table)}"
    born = "SELECT relacl IS NOT NULL FROM pg_catalog.pg_class WHERE oid = $1::text::regclass"
    [(has_rights,)] = connection.rows(born, name)
    if has_rights:
        own = "SELECT $1::text::regclass::oid::int8"
        [(oid,)] = connection.rows(own, name)
        others = {grantee for grantee, _, _ in connection.rows(_GRANTS, oid)}
        connection.execute(f"REVOKE ALL ON TABLE {name} FROM {', '.join(map(_role, sorted(others)))}")
    for grantee, privilege, grantable in grants:
        option = " WITH GRANT OPTION" if grantable and grantee else ""
        connection.execute(f"GRANT {privilege} ON TABLE {name} TO {_role(grantee)}{option}")
    if grants and not any(grantee == owner for grantee, _, _ in grants):
        connection.execute(f"REVOKE ALL ON TABLE {name} FROM {quote(owner)}")
    connection.execute(f"ALTER TABLE {name} OWNER TO {quote(owner)}")


def _role(name: str) -> str:
    return quote(name) if name else "PUBLIC"
