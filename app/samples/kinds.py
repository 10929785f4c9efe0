"""app/samples/kinds.py — what the sample papers of cases and of the counter say: one function a kind, Scene to `Draft`.

The structure is that of the real forms; the words were written for this program, and people, places and cases come from
`people`. The official documents are in office.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from app.samples import people
from app.samples.people import BRANCH, CITY, OFFICERS, STATION, STATION_SHORT, Person
from app.samples.sheet import Block, Body, Cell, Draft, Letterhead, Signature, Table, Title

SHORT = "云公柳"


@dataclass(frozen=True, slots=True)
class Scene:
    """The chance of one paper: a day, two people, an officer or two, a running number."""

    rng: Random
    day: date
    first: Person
    second: Person
    officers: tuple[str, str]
    number: int

    @property
    def stamp(self) -> str:
        return self.day.strftime("%Y%m%d")

    @property
    def written(self) -> str:
        return f"{self.day.year}年{self.day.month}月{self.day.day}日"

    @property
    def chinese(self) -> str:
        digits = "〇一二三四五六七八九"
        year = "".join(digits[int(figure)] for figure in str(self.day.year))
        return f"{year}年{_count(self.day.month)}月{_count(self.day.day)}日"

    @property
    def hour(self) -> str:
        return f"{self.rng.randint(8, 21)}时{self.rng.randint(0, 59):02d}分"


Kind = Callable[[Scene], Draft]


def scene(rng: Random, number: int) -> Scene:
    day = date(2023, 1, 9) + timedelta(days=rng.randrange(1300))
    officers = rng.sample(OFFICERS, 2)
    first, second = people.person(rng, rare=number // 4 if number % 4 == 1 else None), people.person(rng)
    return Scene(rng, day, first, second, (officers[0], officers[1]), number)


def case_opening(s: Scene) -> Draft:
    number = f"{SHORT}（石）受案字〔{s.day.year}〕{s.number + 101}号"
    code = people.case_no(s.rng, s.day.year, s.day.month)
    story = (
        f"{s.written}{s.hour}，报案人{s.first.name}到我所报称，其停放在{s.first.address[:12]}楼下的一辆电动自行车被人盗走，车架号后四位为"
        f"{s.rng.randint(1000, 9999)}，价值约{s.rng.randint(9, 38)}00元。值班民警{s.officers[0]}、{s.officers[1]}接报后当即赶赴现场，经查看，现场无监控，"
        f"已走访附近住户{s.second.name}等人，情况正在进一步核实。"
    )
    return Draft(
        "受案登记表",
        "受案登记表",
        number,
        STATION,
        s.stamp,
        "ZY·XZ",
        (
            Title("受案登记表"),
            Body(number, align="right"),
            Table(
                (2, 3, 2, 3),
                (
                    (Cell("案件来源"), Cell("√报案　□控告　□举报　□投案　□移送　□工作中发现", 3, False)),
                    (Cell("报案人姓名"), Cell(s.first.name), Cell("性别"), Cell(s.first.sex)),
                    (Cell("公民身份号码"), Cell(s.first.id_no), Cell("联系电话"), Cell(s.first.phone)),
                    (Cell("现住址"), Cell(s.first.address, 3, False)),
                    (Cell("工作单位"), Cell(s.first.work, 3, False)),
                    (Cell("案件编号"), Cell(code, 3)),
                    (Cell("接报时间"), Cell(f"{s.written} {s.hour}"), Cell("接报地点"), Cell(STATION_SHORT)),
                    (Cell("受案单位"), Cell(STATION), Cell("受案民警"), Cell(f"{{{s.officers[0]}}}")),
                ),
            ),
            Table((2, 8), ((Cell("简要案情或者报案记录"), Cell(story, 1, False)),), row_height=100),
            Table(
                (2, 8),
                (
                    (Cell("受案意见"), Cell("√属本单位管辖的行政案件，建议及时调查处理\n□不属于本单位管辖，建议移送处理", 1, False)),
                    (Cell("审批意见"), Cell(f"{{同意}}　{{{s.officers[1]}}}　{s.written}", 1, False)),
                ),
                row_height=40,
            ),
            Signature((STATION, f"填表日期：{s.written}"), seal=STATION),
        ),
        (s.first.name, s.second.name, *s.officers),
        ("电动自行车被人盗走", "值班民警", "已走访附近住户"),
        size=13,
        leading=23,
    )


def questioning(s: Scene) -> Draft:
    asked = [
        ("我们是云屿市公安局柳岸分局石桥派出所的民警（出示工作证件），现依法向你询问有关问题，你应当如实回答，对与案件无关的问题有拒绝回答的权利。你听清楚了吗？",
         "听清楚了。"),
        ("这是《权利义务告知书》，现在送达给你，你有什么要求吗？", "我看过了，没有要求，不申请回避。"),
        ("说一下你的个人基本情况。",
         f"我叫{s.first.name}，{s.first.sex}，{s.first.birth_text}出生，公民身份号码{s.first.id_no}，现住{s.first.address}，{s.first.work}，联系电话{s.first.phone}。"),
        ("你今天因何事来到派出所？", f"昨天晚上我在{s.second.address[:10]}附近和{s.second.name}因为停车的事情发生争吵，后来动了手，今天是来说明情况的。"),
        ("你把事情的经过详细讲一下。",
         f"昨天{s.hour}左右，我开车回家，车牌号是{people.plate(s.rng)}，看到{s.second.name}的车停在我平时停车的位置。我下楼找他挪车，他说公共车位谁先到谁停，我们就争执起来。"
         "当时天已经黑了，路灯不太亮，旁边有两三个邻居在看。争吵大概持续了十来分钟，他先推了我一把，我也还手推了他，他往后退的时候碰到了花坛，胳膊擦破了皮。"
         "后来邻居把我们劝开，他说要报警，我就在原地等着民警来。整个过程没有使用任何工具，也没有其他人参与。"),
        ("当时还有谁在场？", f"楼下便利店的老板和住在三楼的{people.person(s.rng).name}都在场，他们应该看得清楚。"),
        ("对方伤情如何？", "我看到他左胳膊擦破了一块，有点出血，当时他自己用纸巾擦了。我陪他去社区卫生站做了消毒，医药费是我付的，一共一百二十六元。"),
        ("你自己有没有受伤？", "我手背上有点红，没有破，不需要检查。"),
        ("你们以前有没有矛盾？", "没有大的矛盾。半年前因为装修噪声说过几句，社区调解过一次，之后见面也打招呼。"),
        ("你对这件事情有什么认识？", "我认识到自己遇事不冷静，邻里之间应该互相体谅，有问题应当找物业或者社区解决，不应该动手。我愿意向他当面道歉，赔偿医药费。"),
        ("你是否愿意接受调解？", "愿意。只要他同意，我愿意在派出所或者社区的主持下调解。"),
        ("询问过程中，民警有没有对你进行打骂、威胁、引诱？", "没有，民警态度很好，中间还给我倒了水，让我休息。"),
        ("你还有什么要补充的吗？", "没有了。"),
        ("以上所讲是否属实？", "属实。"),
        ("请你仔细核对笔录，无误后逐页签名捺印。", "好的。"),
    ]
    blocks: list[Block] = [
        Title("询问笔录"),
        Body(f"时间：{{{s.written}}}{{{s.hour}}}至当日{{{s.rng.randint(9, 22)}时{s.rng.randint(0, 59):02d}分}}", indent=0),
        Body(f"地点：{STATION_SHORT}询问室", indent=0),
        Body(f"询问人（签名）：{{{s.officers[0]}}}　{{{s.officers[1]}}}　工作单位：{STATION}", indent=0),
        Body(f"记录人（签名）：{{{s.officers[1]}}}　被询问人：{s.first.name}　性别：{s.first.sex}", indent=0),
        Body(f"公民身份号码：{s.first.id_no}　联系电话：{s.first.phone}", indent=0),
    ]
    for question, answer in asked:
        blocks += [Body(f"问：{question}"), Body(f"答：{answer}")]
    blocks += [
        Body("{以上笔录我看过，和我说的相符。}", indent=0),
        Signature((f"被询问人：{{{s.first.name}}}", s.written), thumb=True),
    ]
    return Draft(
        "询问笔录",
        "询问笔录",
        "",
        STATION,
        s.stamp,
        "ZY·XZ",
        tuple(blocks),
        (s.first.name, s.second.name, *s.officers),
        ("因为停车的事情发生争吵", "胳膊擦破了皮", "愿意向他当面道歉"),
        foot="第$page页　共$pages页",
        size=14,
        leading=25,
    )


def penalty(s: Scene) -> Draft:
    number = f"{SHORT}（石）行罚决字〔{s.day.year}〕{s.number + 211:03d}号"
    fine = s.rng.choice(("二百元", "三百元", "五百元"))
    return Draft(
        "行政处罚决定书",
        "行政处罚决定书",
        number,
        BRANCH,
        s.stamp,
        "ZY·XZ",
        (
            Letterhead(BRANCH, plain=True),
            Title("行政处罚决定书"),
            Body(number, align="right"),
            Body(
                f"违法行为人{s.first.name}，{s.first.sex}，{s.first.birth_text}出生，公民身份号码{s.first.id_no}，户籍所在地{s.first.address}，现住址同上，{s.first.work}。"
            ),
            Body(
                f"现查明，{s.written}{s.hour}许，违法行为人{s.first.name}在{s.second.address[:12]}门前，因琐事与{s.second.name}发生口角，继而将对方停放的"
                f"电动车推倒，致车身外壳和后视镜损坏，经价格认定，损失价值人民币{s.rng.randint(180, 960)}元。案发后，{s.first.name}在现场等候民警处理，如实陈述了自己的违法事实。"
            ),
            Body("以上事实有违法行为人的陈述和申辩、被侵害人的陈述、证人证言、现场照片、价格认定结论书、到案经过等证据证实。"),
            Body(
                "综上，违法行为人的行为已构成故意损毁财物。鉴于其主动赔偿损失并取得被侵害人谅解，具有法定从轻情节，根据《中华人民共和国治安管理处罚法》的有关规定，"
                f"现决定给予{s.first.name}罚款{fine}的行政处罚。"
            ),
            Body("执行方式和期限：自收到本决定书之日起十五日内到指定银行缴纳罚款。逾期不缴纳的，每日按罚款数额的百分之三加处罚款。"),
            Body(
                f"如不服本决定，可以在收到本决定书之日起六十日内向{CITY}人民政府申请行政复议，或者在六个月内依法向{CITY}柳岸区人民法院提起行政诉讼。"
            ),
            Body("附：清单共0份。本决定书一式三份，被处罚人和执行单位各一份，一份附卷。治安案件有被侵害人的，复印送达被侵害人。"),
            Signature((BRANCH, s.chinese), seal=BRANCH),
            Body(f"行政处罚决定书已向我宣告并送达。被处罚人：{{{s.first.name}}}　{s.written}", indent=0),
        ),
        (s.first.name, s.second.name),
        ("故意损毁财物", "主动赔偿损失并取得被侵害人谅解", "每日按罚款数额的百分之三加处罚款"),
    )


def household(s: Scene) -> Draft:
    return Draft(
        "户口迁移申请",
        "户口迁移申请表",
        "",
        STATION,
        s.stamp,
        "ZY·HJ",
        (
            Title("户口迁移申请表"),
            Table(
                (2, 3, 2, 3),
                (
                    (Cell("申请人"), Cell(s.first.name), Cell("性别"), Cell(s.first.sex)),
                    (Cell("出生日期"), Cell(s.first.birth_text), Cell("联系电话"), Cell(s.first.phone)),
                    (Cell("公民身份号码"), Cell(s.first.id_no, 3)),
                    (Cell("迁出地详址"), Cell(s.second.address, 3, False)),
                    (Cell("迁入地详址"), Cell(s.first.address, 3, False)),
                    (Cell("户主姓名"), Cell(s.second.name), Cell("与户主关系"), Cell(s.rng.choice(("配偶", "子女", "父母"))),),
                ),
            ),
            Table(
                (2, 8),
                (
                    (
                        Cell("申请迁移理由"),
                        Cell(
                            f"{{本人因}}{{工作调动，现已在迁入地购房居住，特申请将户口迁入，请予批准。}}\n申请人签名：{{{s.first.name}}}　{s.written}",
                            1,
                            False,
                        ),
                    ),
                    (
                        Cell("提交材料"),
                        Cell("1.居民户口簿　2.居民身份证　3.不动产权证书复印件　4.结婚证复印件\n以上材料经核对与原件一致。", 1, False),
                    ),
                    (Cell("受理意见"), Cell(f"材料齐全，符合迁入条件，建议准予迁入。\n受理民警：{{{s.officers[0]}}}　{s.written}", 1, False)),
                    (Cell("审批意见"), Cell(f"{{同意迁入}}\n审批人：{{{s.officers[1]}}}　{s.written}", 1, False)),
                ),
                row_height=66,
            ),
            Signature((STATION, f"登记日期：{s.written}"), seal=STATION),
        ),
        (s.first.name, s.second.name, *s.officers),
        ("现已在迁入地购房居住", "不动产权证书复印件", "符合迁入条件"),
        size=13,
        leading=23,
    )


def hotel(s: Scene) -> Draft:
    house = s.rng.choice(("柳岸人家", "石桥驿", "望江楼", "临水小筑")) + "旅馆"
    rows = [tuple(Cell(text) for text in ("序号", "检查项目", "检查情况", "备注"))]
    checks = (
        "营业执照、特种行业许可证", "住宿人员实名登记", "访客登记制度", "视频监控设备运行", "视频资料保存三十日以上", "消防器材有效期", "疏散通道畅通",
        "应急照明与指示标志", "从业人员信息登记", "安全管理制度上墙",
    )
    for place, check in enumerate(checks, 1):
        rows.append((Cell(str(place)), Cell(check, 1, False), Cell(s.rng.choice(("符合", "符合", "符合", "需整改"))), Cell("")))
    return Draft(
        "特种行业登记表",
        "特种行业（旅馆业）检查登记表",
        "",
        STATION,
        s.stamp,
        "ZY·TH",
        (
            Title("特种行业（旅馆业）检查登记表"),
            Table(
                (2, 3, 2, 3),
                (
                    (Cell("单位名称"), Cell(house), Cell("负责人"), Cell(s.first.name)),
                    (Cell("地址"), Cell(s.first.address[:14], 1, False), Cell("联系电话"), Cell(s.first.phone)),
                    (Cell("客房数"), Cell(f"{s.rng.randint(12, 68)}间"), Cell("从业人数"), Cell(f"{s.rng.randint(4, 22)}人")),
                ),
            ),
            Table((1, 4, 2, 2), tuple(rows), header=True),
            Body("整改要求：对标注“需整改”的项目，应在七日内整改完毕并书面报告。", indent=0),
            Body(f"被检查单位负责人：{{{s.first.name}}}　检查民警：{{{s.officers[0]}}}、{{{s.officers[1]}}}", indent=0),
            Signature((STATION, f"登记日期：{s.written}"), seal=STATION),
        ),
        (s.first.name, *s.officers),
        (house, "视频资料保存三十日以上", "应在七日内整改完毕"),
        size=12,
        leading=22,
    )


def mediation(s: Scene) -> Draft:
    number = f"{SHORT}（石）调解字〔{s.day.year}〕{s.number + 31}号"
    return Draft(
        "调解协议书",
        "治安调解协议书",
        number,
        STATION,
        s.stamp,
        "ZY·TJ",
        (
            Title("治安调解协议书"),
            Body(number, align="right"),
            Body(f"主持人：{s.officers[0]}　工作单位：{STATION}　调解地点：{STATION_SHORT}调解室", indent=0),
            Body(f"当事人{s.first.name}，{s.first.sex}，公民身份号码{s.first.id_no}，现住{s.first.address}。", indent=0),
            Body(f"当事人{s.second.name}，{s.second.sex}，公民身份号码{s.second.id_no}，现住{s.second.address}。", indent=0),
            Body(
                f"主要事实：{s.written}{s.hour}许，{s.first.name}与{s.second.name}在{s.first.address[:10]}因楼道堆放杂物发生争吵，互相推搡，{s.second.name}衣物被扯破，双方均无明显伤情。"
            ),
            Body("经调解，双方自愿达成如下协议：", indent=0),
            Body(f"一、{s.first.name}一次性赔偿{s.second.name}衣物损失费人民币{s.rng.randint(2, 9)}00元，于签订协议时当场付清。"),
            Body("二、双方互相赔礼道歉，今后不得因此事再起争端，不得在楼道内堆放影响通行的物品。"),
            Body("三、双方对其他事项互不追究。"),
            Body("本协议自双方签字之日起生效，履行后不再处罚。本协议一式三份，双方当事人各执一份，调解机关留存一份备查。"),
            Body(f"主持人签名：{{{s.officers[0]}}}　见证人签名：{{{s.officers[1]}}}", indent=0),
            Signature((f"当事人：{{{s.first.name}}}　{{{s.second.name}}}", STATION, s.chinese), seal=STATION, thumb=True),
        ),
        (s.first.name, s.second.name, *s.officers),
        ("楼道堆放杂物", "互相赔礼道歉", "履行后不再处罚"),
        size=14,
        leading=23,
    )


def call(s: Scene) -> Draft:
    story = (
        f"{s.first.name}报警称在{s.first.address[:12]}附近遗失黑色钱包一个，内有居民身份证、银行卡两张及现金三百余元。民警到场后陪同报警人沿途查找，并调看沿街商铺监控，"
        f"发现钱包被环卫工人{s.second.name}拾得并暂存于工具房。经核对物品无误，当场发还报警人，双方对处理结果均表示满意。"
    )
    return Draft(
        "接处警登记表",
        "接处警工作登记表",
        f"{SHORT}（石）接字〔{s.day.year}〕{s.number + 501}号",
        STATION,
        s.stamp,
        "ZY·AJ",
        (
            Title("接处警工作登记表"),
            Body(f"{SHORT}（石）接字〔{s.day.year}〕{s.number + 501}号", align="right"),
            Table(
                (2, 3, 2, 3),
                (
                    (Cell("接警时间"), Cell(f"{s.written} {s.hour}"), Cell("报警方式"), Cell("电话报警")),
                    (Cell("报警人"), Cell(s.first.name), Cell("联系电话"), Cell(s.first.phone)),
                    (Cell("警情类别"), Cell("群众求助"), Cell("到场时间"), Cell(s.hour)),
                    (Cell("处警单位"), Cell(STATION_SHORT), Cell("处警民警"), Cell(f"{{{s.officers[0]}}}　{{{s.officers[1]}}}")),
                    (Cell("警情地址"), Cell(s.first.address, 3, False)),
                ),
            ),
            Table(
                (2, 8),
                (
                    (Cell("简要警情及处理经过"), Cell(story, 1, False)),
                    (Cell("处理结果"), Cell("现场处理完毕，物品已发还，无需立案。", 1, False)),
                ),
                row_height=130,
            ),
            Signature((STATION, f"登记日期：{s.written}"), seal=STATION),
        ),
        (s.first.name, s.second.name, *s.officers),
        ("遗失黑色钱包一个", "调看沿街商铺监控", "物品已发还"),
        size=13,
        leading=23,
    )


def summons(s: Scene) -> Draft:
    number = f"{SHORT}（石）行传字〔{s.day.year}〕{s.number + 61}号"
    return Draft(
        "传唤证",
        "传唤证",
        number,
        BRANCH,
        s.stamp,
        "ZY·XZ",
        (
            Letterhead(BRANCH, plain=True),
            Title("传唤证", 26),
            Body(number, align="right"),
            Body(f"{s.first.name}（公民身份号码{s.first.id_no}）：", indent=0),
            Body(
                f"因你涉嫌扰乱公共秩序，根据《中华人民共和国治安管理处罚法》的有关规定，现传唤你于{{{s.written}}}{{{s.hour}}}前到{STATION_SHORT}接受询问。"
            ),
            Body("无正当理由拒不接受传唤或者逃避传唤的，依法强制传唤。被传唤人到达和离开时间应当由本人注明并签名。"),
            Signature((BRANCH, s.chinese), seal=BRANCH),
            Body(f"被传唤人到达时间：{{{s.written}}}　签名：{{{s.first.name}}}", indent=0),
        ),
        (s.first.name,),
        ("涉嫌扰乱公共秩序", "依法强制传唤"),
        size=17,
        leading=34,
    )


def delivery(s: Scene) -> Draft:
    rows = [tuple(Cell(text) for text in ("送达文书名称及文号", "送达时间", "送达人", "收件人签名"))]
    for place, paper in enumerate(("受案回执", "行政处罚告知笔录", "行政处罚决定书")):
        rows.append(
            (
                Cell(f"{paper}（{SHORT}（石）〔{s.day.year}〕{s.number + 71 + place}号）", 1, False),
                Cell(s.written),
                Cell(f"{{{s.officers[0]}}}"),
                Cell(f"{{{s.first.name}}}"),
            )
        )
    return Draft(
        "送达回执",
        "送达回执",
        "",
        STATION,
        s.stamp,
        "ZY·XZ",
        (
            Title("送达回执", 24),
            Body(f"受送达人：{s.first.name}　送达地点：{STATION_SHORT}", indent=0),
            Table((4, 2, 2, 2), tuple(rows), row_height=54),
            Body("注：本人拒绝签收的，由送达人注明情况并请见证人签名；代收的，代收人应当注明与受送达人的关系。", indent=0),
            Signature((STATION, f"送达日期：{s.written}"), seal=STATION),
        ),
        (s.first.name, s.officers[0]),
        ("行政处罚告知笔录", "本人拒绝签收的"),
        size=14,
        leading=26,
    )


def goods(s: Scene) -> Draft:
    things = ("黑色手提包", "银色手机", "电动自行车充电器", "折叠水果刀", "现金", "蓝色工具箱", "手写账本", "扑克牌", "遥控器", "摩托车头盔")
    rows = [tuple(Cell(text) for text in ("编号", "物品名称", "数量", "特征", "备注"))]
    for place, thing in enumerate(s.rng.sample(things, 7), 1):
        rows.append(
            (Cell(str(place)), Cell(thing), Cell(f"{s.rng.randint(1, 3)}"), Cell(s.rng.choice(("八成新", "有划痕", "完好", "陈旧"))), Cell(""))
        )
    return Draft(
        "物品清单",
        "证据保全清单",
        f"{SHORT}（石）证保字〔{s.day.year}〕{s.number + 81}号",
        STATION,
        s.stamp,
        "ZY·XZ",
        (
            Title("证据保全清单", 24),
            Body(f"{SHORT}（石）证保字〔{s.day.year}〕{s.number + 81}号", align="right"),
            Body(f"物品持有人：{s.first.name}　公民身份号码：{s.first.id_no}", indent=0),
            Table((1, 4, 1.4, 2.4, 1.6), tuple(rows), header=True, row_height=34),
            Body("以上物品经持有人、见证人当场清点核对无误。本清单一式三份，一份交持有人，一份交保管人，一份附卷。", indent=0),
            Body(f"持有人：{{{s.first.name}}}　见证人：{{{s.second.name}}}　承办人：{{{s.officers[0]}}}", indent=0),
            Signature((STATION, s.chinese), seal=STATION),
        ),
        (s.first.name, s.second.name, s.officers[0]),
        ("物品持有人", "当场清点核对无误"),
        size=13,
        leading=25,
    )


def spot_penalty(s: Scene) -> Draft:
    number = f"{SHORT}（石）当罚字〔{s.day.year}〕{s.number + 91:04d}号"
    return Draft(
        "当场处罚决定书",
        "当场处罚决定书",
        number,
        BRANCH,
        s.stamp,
        "ZY·XZ",
        (
            Letterhead(BRANCH, plain=True),
            Title("当场处罚决定书"),
            Body(number, align="right"),
            Body(f"违法行为人姓名：{{{s.first.name}}}　性别：{s.first.sex}　联系方式：{s.first.phone}", indent=0),
            Body(f"公民身份号码：{s.first.id_no}", indent=0),
            Body(f"现住址：{s.first.address}", indent=0),
            Body(
                f"现查明{s.first.name}于{s.written}{s.hour}在{s.second.address[:10]}实施饲养动物干扰他人正常生活的违法行为，经口头告诫后仍不改正，以上事实有当事人陈述、证人证言等证据证实。"
            ),
            Body("依据《中华人民共和国治安管理处罚法》的有关规定，决定给予警告的处罚。"),
            Body("如不服本决定，可以自收到之日起六十日内申请行政复议或者六个月内提起行政诉讼。"),
            Body(f"处罚地点：{s.second.address[:10]}　办案民警：{{{s.officers[0]}}}", indent=0),
            Signature((BRANCH, s.chinese), seal=BRANCH),
        ),
        (s.first.name, s.officers[0]),
        ("饲养动物干扰他人正常生活", "决定给予警告的处罚"),
        size=14,
        leading=27,
    )


def residence(s: Scene) -> Draft:
    rows = [tuple(Cell(text) for text in ("序号", "姓名", "公民身份号码", "现住址", "联系电话", "登记日期"))]
    names = []
    for place in range(1, 33):
        person = people.person(s.rng, rare=place // 9 + s.number if place % 9 == 0 else None)
        names.append(person.name)
        rows.append(
            (Cell(str(place)), Cell(person.name), Cell(person.id_no), Cell(person.address[6:], 1, False), Cell(person.phone), Cell(s.written))
        )
    return Draft(
        "居住登记表",
        "流动人口居住登记表",
        "",
        STATION,
        s.stamp,
        "ZY·RK",
        (
            Title("流动人口居住登记表"),
            Body(f"填报单位：{STATION}", indent=0),
            Table((0.7, 1, 3, 2.8, 1.9, 2), tuple(rows), header=True, row_height=30),
            Signature((STATION, f"填报日期：{s.written}")),
        ),
        tuple(names),
        ("流动人口居住登记", "填报单位"),
        foot="第$page页　共$pages页",
        size=10,
        leading=20,
    )


def _count(number: int) -> str:
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones or not tens else "")
