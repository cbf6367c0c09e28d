-- Each reply of an evaluation's judge. A lost worker's successor asks none of these questions again.
create table judge_replies (
    evaluation text    not null references evaluations (name),
    arm        text    not null,
    other      text    not null,
    row_index  bigint  not null,
    arm_first  boolean not null,
    ask        int     not null, -- 1, or 2 after an unreadable reply
    reply      bytea   not null, -- finetide.evaluation.v1.JudgeReply without its text
    primary key (evaluation, arm, other, row_index, arm_first, ask)
);
