-- Every issue and pull request that existed at an instant (:at, microseconds since 1970), in the state in which it was
-- then known: the last of its events up to then decides. Nothing else is read, so nothing later can be in it.
with seen as (
  select * from issue_events where at <= to_timestamp_micros(:at)),
states as (
  select repo, item, category, row_number() over (partition by repo, item order by at desc, position desc) as newest
  from seen where category is not null),
statuses as (
  select repo, item, to_value as status,
    row_number() over (partition by repo, item order by at desc, position desc) as newest
  from seen where kind in ('created', 'status') and to_value is not null),
memberships as (
  select repo, item, kind, to_value, kind in ('labeled', 'milestoned', 'assigned') as is_in,
    row_number() over (
      partition by repo, item, to_value,
        case when kind in ('labeled', 'unlabeled') then 1 when kind in ('milestoned', 'demilestoned') then 2 else 3 end
      order by at desc, position desc) as newest
  from seen
  where kind in ('labeled', 'unlabeled', 'milestoned', 'demilestoned', 'assigned', 'unassigned') and to_value is not null),
held as (
  select repo, item,
    cast(string_agg(case when kind = 'labeled' then to_value end, '; ' order by to_value) as varchar) as labels,
    cast(string_agg(case when kind = 'milestoned' then to_value end, '; ' order by to_value) as varchar) as milestones,
    cast(string_agg(case when kind = 'assigned' then to_value end, '; ' order by to_value) as varchar) as assignees
  from memberships where newest = 1 and is_in group by repo, item)
select c.repo, c.item, c.item_kind, c.at as created_at, s.status, t.category, t.category <> 'done' as is_open,
  h.labels, h.milestones, h.assignees
from seen c
left join states t on t.repo = c.repo and t.item = c.item and t.newest = 1
left join statuses s on s.repo = c.repo and s.item = c.item and s.newest = 1
left join held h on h.repo = c.repo and h.item = c.item
where c.kind = 'created'
order by c.repo, c.item
